import type { Clock } from '../context.ts';
import type { ContainerGroups } from '../eci/container-groups.ts';
import type { CreateEntry } from '../state/job-record.ts';
import { announcedReclaim, isReclaimed } from './announced-end.ts';
import { look } from './look.ts';

/** Milliseconds in which a reclaim that was announced shows in the group's status, and between two looks. */
const PATIENCE = 20_000;
const LOOK_INTERVAL = 2000;

/**
 * A group that was reclaimed costs nothing, and its tags tell a retry of the job to avoid spot: so it is not deleted. ECI drops it by itself.
 * @returns the create calls whose groups are to be deleted.
 */
export async function spareReclaimed(
  creates: readonly CreateEntry[],
  groups: ContainerGroups,
  clock: Clock,
  signal: AbortSignal,
): Promise<readonly CreateEntry[]> {
  const last = creates.findLast((entry) => entry.state === 'created');
  if (last?.groupId === undefined) return creates;
  const deadline = clock.now() + PATIENCE;
  for (;;) {
    const seen = await look(groups, last.groupId, signal);
    const group = seen === 'unknown' ? undefined : seen.group;
    if (group && isReclaimed(group)) return creates.filter((entry) => entry !== last);
    if (!group || !announcedReclaim(group) || clock.now() >= deadline) return creates;
    await clock.sleep(LOOK_INTERVAL, signal);
  }
}
