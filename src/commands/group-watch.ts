import type { Clock } from '../context.ts';
import type { ContainerGroup, ContainerGroups } from '../eci/container-groups.ts';
import { announcedReclaim } from '../group/announced-end.ts';
import { type Loss, lossOf } from '../group/loss.ts';
import { warning } from '../report/lines.ts';
import type { WholeLines } from '../report/whole-lines.ts';
import type { ContainerName } from '../runner/stages.ts';
import { isFirstToWarn } from '../state/state-folder.ts';

interface Watched {
  readonly groupId: string;
  readonly container: ContainerName;
  readonly recordFile: string;
}

interface Ports {
  readonly groups: () => Promise<ContainerGroups>;
  readonly output: WholeLines;
  readonly clock: Clock;
}

/**
 * The question about a group while a script runs in it: whether it is lost. A reclaim that is only announced is told in the job's log, once in all its
 * stages, as soon as no line of the script is open.
 */
export function askForLoss({ groupId, container, recordFile }: Watched, { groups, output, clock }: Ports) {
  let warned = false;
  const warn = async (group: ContainerGroup, cloudNow: number | undefined): Promise<void> => {
    const announced = announcedReclaim(group, cloudNow);
    if (!announced || warned) return;
    warned = true;
    // Not waited for: a script may leave its line open for ever, and the watch has to go on.
    if (await isFirstToWarn(recordFile)) void output.writeBetween(warning(reclaimText(groupId, announced.minutesLeft)));
  };
  return async (signal: AbortSignal): Promise<Loss | undefined> => {
    const cloud = await groups();
    const group = await cloud.describe(groupId, signal);
    const loss = lossOf(groupId, group, container);
    const difference = cloud.clockDifference();
    if (group && !loss) await warn(group, difference === undefined ? undefined : clock.now() + difference);
    return loss;
  };
}

function reclaimText(id: string, minutesLeft: number): string {
  const minutes = Math.round(minutesLeft);
  const when = minutes < 1 ? 'within a minute' : `in about ${minutes} min`;
  return `Alibaba Cloud takes the spot instance ${id} back ${when}. What has not ended by then ends as a system failure.`;
}
