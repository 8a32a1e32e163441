import type { Clock } from '../context.ts';
import type { ContainerGroups } from '../eci/container-groups.ts';
import type { CreateEntry } from '../state/job-record.ts';
import { removeGroups } from './remove-groups.ts';

/** Milliseconds between two looks for a group that no answer told us about. */
const LOOK_INTERVAL = 3000;

interface Ports {
  readonly groups: ContainerGroups;
  readonly attempt: string;
  readonly clock: Clock;
  /** The end of the patience. */
  readonly signal: AbortSignal;
}

/**
 * A create call whose answer never came may do its work a little later: that is waited for as long as there is patience.
 * @param removed what a first look has found and deleted.
 * @returns the ids whose deletion ECI took since.
 */
export async function removeLate(
  creates: readonly CreateEntry[],
  removed: readonly string[],
  { groups, attempt, clock, signal }: Ports,
): Promise<readonly string[]> {
  const open = creates.filter((entry) => entry.state === 'sent');
  const isLate = (id: string): boolean => !creates.some((entry) => entry.groupId === id);
  const late = new Set(removed.filter(isLate));
  while (late.size < open.length && !signal.aborted) {
    try {
      await clock.sleep(LOOK_INTERVAL, signal);
      for (const id of await removeGroups(open, groups, attempt, clock, signal)) late.add(id);
    } catch (error) {
      // The end of the patience, not a failure.
      if (!signal.aborted) throw error;
    }
  }
  return [...late].filter((id) => !removed.includes(id));
}
