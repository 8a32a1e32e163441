import type { Clock } from '../context.ts';
import type { ContainerGroups } from '../eci/container-groups.ts';
import { attemptTags } from '../group/tags.ts';
import type { CreateEntry } from '../state/job-record.ts';

/** Milliseconds between two tries to delete a group that is in a status in which it cannot be deleted. */
const RETRY_INTERVAL = 2000;

/**
 * Deletes every group that an attempt may have made: those that are known by id, and, where a create call has no known answer or there is
 * no record at all, those that carry the attempt's tags. Deleting twice is fine.
 * @param creates undefined when the record is lost.
 * @returns the ids whose deletion ECI took.
 * @throws the last error when something may be left running at the signal.
 */
export async function removeGroups(
  creates: readonly CreateEntry[] | undefined,
  groups: ContainerGroups,
  attempt: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const ids = new Set(
    (creates ?? []).flatMap((entry) =>
      entry.groupId !== undefined && entry.state !== 'deleted' ? [entry.groupId] : [],
    ),
  );
  if (creates === undefined || creates.some((entry) => entry.state === 'sent')) {
    for (const group of await groups.findByTags(attemptTags(attempt), signal)) ids.add(group.id);
  }
  await Promise.all([...ids].map((id) => removeOne(id, groups, clock, signal)));
  return [...ids];
}

async function removeOne(id: string, groups: ContainerGroups, clock: Clock, signal: AbortSignal): Promise<void> {
  while (true) {
    try {
      return await groups.remove(id, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      // The client has repeated what passes quickly; a status that forbids deletion can last longer.
      await clock.sleep(RETRY_INTERVAL, signal).catch(() => {
        throw error;
      });
    }
  }
}
