import type { Clock } from '../context.ts';
import type { ContainerGroup, ContainerGroups } from '../eci/container-groups.ts';
import type { CreateEntry } from '../state/job-record.ts';
import { timeLimit } from '../time-limit.ts';
import { removeGroup } from './remove-groups.ts';
import { attemptTags, TAG } from './tags.ts';

/** Milliseconds between two looks for a group that no answer told us about. */
const LOOK_INTERVAL = 3000;

interface Ports {
  readonly groups: ContainerGroups;
  readonly attempt: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Milliseconds for which the group is looked for. A group that has come is deleted, however long that takes. */
  readonly patience: number;
}

/**
 * A create call whose answer never came may do its work a little later: that is waited for as long as there is patience. It can only be the
 * last call: prepare has looked for the groups of earlier ones before it went on.
 * @param removed what a first look has found and deleted.
 * @returns the ids whose deletion ECI took since.
 * @throws as `removeGroup` does for a group that has come and could not be deleted, and EciError when ECI refuses to tell.
 */
export async function removeLate(
  creates: readonly CreateEntry[],
  removed: readonly string[],
  { groups, attempt, clock, signal, patience }: Ports,
): Promise<readonly string[]> {
  const last = creates.at(-1);
  const isKnown = (id: string): boolean => creates.some((entry) => entry.groupId === id);
  if (last?.state !== 'sent' || !removed.every(isKnown)) return [];
  const group = await arrival({ ...attemptTags(attempt), [TAG.try]: String(last.try) }, patience, {
    groups,
    clock,
    signal,
  });
  // Somebody was faster.
  if (group === undefined || group.status === 'Terminating') return [];
  await removeGroup(group.id, groups, clock, signal);
  return [group.id];
}

async function arrival(
  tags: Readonly<Record<string, string>>,
  patience: number,
  { groups, clock, signal }: Pick<Ports, 'groups' | 'clock' | 'signal'>,
): Promise<ContainerGroup | undefined> {
  const limit = timeLimit(patience, clock, signal);
  try {
    for (;;) {
      await clock.sleep(LOOK_INTERVAL, limit.signal);
      const [found] = await groups.findByTags(tags, limit.signal);
      if (found) return found;
    }
  } catch (error) {
    if (limit.signal.aborted) return undefined;
    throw error;
  } finally {
    limit.over();
  }
}
