import type { ContainerGroup, ContainerState } from '../eci/container-groups.ts';
import type { ContainerName } from '../runner/stages.ts';
import type { ScriptEnd } from '../script/script-end.ts';
import { announcedReclaim, hasEndedInArrears, hasReachedDeadline, hostFailure } from './announced-end.ts';

/** What a script's end is when its machine is gone. */
export type Loss = Extract<ScriptEnd, { kind: 'group-lost' | 'signalled' }>;

const RETRY = 'A retry gets a new machine ("retry: when: runner_system_failure" does it by itself).';

/**
 * Why a group cannot run the script any more, told from what the cloud says of it; undefined while it can.
 * @param group undefined when the cloud knows no such group.
 * @param container the one that the script runs in.
 */
export function lossOf(id: string, group: ContainerGroup | undefined, container: ContainerName): Loss | undefined {
  if (group === undefined)
    return lost(`The container group ${id} no longer exists: something else than this job deleted it. ${RETRY}`);
  if (hasEndedInArrears(group)) return lost(inArrears(id));
  if (group.status === 'Expired') return reclaimed(id);
  const isOom = (each: ContainerState): boolean => each.name === 'build' && each.reason === 'OOMKilled';
  // The job goes on without a service.
  const ended = group.containers.filter(
    ({ name, state }) => state === 'Terminated' && (name === 'helper' || name === 'build'),
  );
  // Container memory is the user's: 137, as if the kernel had killed the script alone (memory.oom.group).
  if (container === 'build' && ended.some(isOom)) {
    return { kind: 'signalled', signal: 'KILL', oom: true };
  }
  if (group.status === 'Terminating')
    return lost(`The container group ${id} is being deleted, but not by this job. ${RETRY}`);
  if (hasReachedDeadline(group))
    return lost(`The container group ${id} reached its deadline, beyond the job's timeout, and ECI ended it. ${RETRY}`);
  const failed = hostFailure(group);
  if (failed !== undefined)
    return lost(`The host under the container group ${id} failed, and the job with it (${failed}). ${RETRY}`);
  // Its artifacts and its cache go on in the helper.
  const first = ended.find((each) => container === 'build' || !isOom(each));
  if (first) {
    if (announcedReclaim(group)) return reclaimed(id);
    return lost(
      `The container ${first.name} of ${id} ended while the job ran (${endText(first.reason, first.exitCode)}). ${RETRY}`,
    );
  }
  if (group.status === 'Failed' || group.status === 'Succeeded' || group.status === 'ScheduleFailed') {
    const warning = group.events.filter((event) => event.type === 'Warning').at(-1);
    return lost(`The container group ${id} ended (${group.status}${warning ? `: ${warning.message}` : ''}). ${RETRY}`);
  }
  return undefined;
}

/** No job has anything to hear of it: the group is lost for none of its containers, and its end is not announced. */
export const isUneventful = (group: ContainerGroup): boolean =>
  !announcedReclaim(group) &&
  lossOf(group.id, group, 'build') === undefined &&
  lossOf(group.id, group, 'helper') === undefined;

/** A retry would meet the same. */
const inArrears = (id: string): string =>
  `Alibaba Cloud has ended the container group ${id}, because the account owes money. Its owner has to settle that; then run the job again.`;

const lost = (sentence: string): Loss => ({ kind: 'group-lost', sentence });
const reclaimed = (id: string): Loss => lost(`The spot instance ${id} was reclaimed by Alibaba Cloud. ${RETRY}`);

export const endText = (reason: string, exitCode: number | undefined): string =>
  [reason || 'no reason given', ...(exitCode === undefined ? [] : [`exit code ${exitCode}`])].join(', ');
