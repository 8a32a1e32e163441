import type { Clock } from '../context.ts';
import type { ContainerGroups } from '../eci/container-groups.ts';
import type { CreateEntry } from '../state/job-record.ts';
import { timeLimit } from '../time-limit.ts';
import { announcedReclaim, isReclaimed } from './announced-end.ts';
import { look } from './look.ts';

/** Milliseconds in which a reclaim that was announced shows in the group's status, and between two looks. */
const PATIENCE = 8000;
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
  const patience = timeLimit(PATIENCE, clock, signal);
  try {
    for (;;) {
      const seen = await look(groups, last.groupId, patience.signal);
      const group = seen === 'unknown' ? undefined : seen.group;
      if (group && isReclaimed(group)) return creates.filter((entry) => entry !== last);
      if (!group || !announcedReclaim(group)) return creates;
      await clock.sleep(LOOK_INTERVAL, patience.signal);
    }
  } catch (error) {
    // A group that may run on is deleted, sign or not.
    if (patience.signal.aborted) return creates;
    throw error;
  } finally {
    patience.over();
  }
}
