import type { Clock } from '../context.ts';
import type { ContainerGroup, ContainerGroups } from '../eci/container-groups.ts';
import { announcedReclaim } from '../group/announced-end.ts';
import { lossOf } from '../group/loss.ts';
import { warning } from '../report/lines.ts';
import type { WholeLines } from '../report/whole-lines.ts';
import type { ContainerName } from '../runner/stages.ts';
import type { GroupAnswer } from '../script/loss-watch.ts';
import type { SharedLooks } from '../state/shared-looks.ts';
import { isFirstToWarn } from '../state/state-folder.ts';

interface Watched {
  readonly groupId: string;
  readonly container: ContainerName;
  readonly recordFile: string;
}

interface Ports {
  readonly groups: () => Promise<ContainerGroups>;
  readonly looks: SharedLooks;
  readonly output: WholeLines;
  readonly clock: Clock;
}

/** Questions, some five minutes of them, that a job asks for its own group alone after ECI has not told of it among others. */
const ALONE = 10;

/**
 * The question about a group while a script runs in it: whether it is lost. What another job of this host was told lately has to do, as long as nothing has
 * happened to the group. A reclaim that is only announced is told in the job's log, once in all its stages, as soon as no line of the script is open.
 */
export function askForLoss({ groupId, container, recordFile }: Watched, ports: Ports) {
  const { groups, looks, output, clock } = ports;
  let warned = false;
  const warn = async (group: ContainerGroup, cloudNow: number | undefined): Promise<void> => {
    const announced = announcedReclaim(group, cloudNow);
    if (!announced || warned) return;
    warned = true;
    // Not waited for: a script may leave its line open for ever, and the watch has to go on.
    if (await isFirstToWarn(recordFile)) void output.writeBetween(warning(reclaimText(groupId, announced.minutesLeft)));
  };
  let asksAlone = 0;
  /** @returns undefined when ECI knows no such group. */
  const lookAt = async (
    cloud: ContainerGroups,
    askedAt: number,
    signal: AbortSignal,
  ): Promise<ContainerGroup | undefined> => {
    const ids = asksAlone-- > 0 ? [groupId] : await looks.askedTogether(groupId);
    if (ids.length === 1) return cloud.describe(groupId, signal);
    const { describeAmong } = await import('../group/describe-among.ts');
    // An answer for many can be too long for its time, or hold something of another job's that cannot be read.
    asksAlone = 1;
    const among = (await describeAmong(ids, cloud, looks, askedAt, signal)).find(({ id }) => id === groupId);
    asksAlone = among ? 0 : ALONE;
    if (among) return among;
    return cloud.describe(groupId, signal);
  };
  return async (signal: AbortSignal, longest: number): Promise<GroupAnswer> => {
    await looks.watch(groupId);
    const toldAt = await looks.lastFine(groupId);
    const age = clock.now() - (toldAt ?? -Infinity);
    if (toldAt !== undefined && age >= 0 && age <= longest) return { askedAt: toldAt };
    const askedAt = clock.now();
    const cloud = await groups();
    const group = await lookAt(cloud, askedAt, signal);
    const loss = lossOf(groupId, group, container);
    const difference = cloud.clockDifference();
    if (group && !loss) await warn(group, difference === undefined ? undefined : clock.now() + difference);
    return { askedAt, ...(loss ? { loss } : {}) };
  };
}

function reclaimText(id: string, minutesLeft: number): string {
  const minutes = Math.round(minutesLeft);
  const when = minutes < 1 ? 'within a minute' : `in about ${minutes} min`;
  return `Alibaba Cloud takes the spot instance ${id} back ${when}. What has not ended by then ends as a system failure.`;
}
