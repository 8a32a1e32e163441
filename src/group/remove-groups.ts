import type { Clock } from '../context.ts';
import { DriverError } from '../driver-error.ts';
import { type ContainerGroup, type ContainerGroups, EciError } from '../eci/container-groups.ts';
import type { CreateEntry } from '../state/job-record.ts';
import { attemptTags } from './tags.ts';

/** Milliseconds between two tries to delete a group that is in a status in which it cannot be deleted. */
const RETRY_INTERVAL = 2000;

/**
 * Deletes every group that an attempt may have made: those that are known by id, those that were abandoned and are still shown, and, where a
 * create call has no known answer or there is no record at all, those that carry the attempt's tags. Deleting twice is fine.
 * @param creates undefined when the record is lost.
 * @param spared the id of a group that is left.
 * @returns the ids whose deletion ECI took.
 * @throws the first error when something may be left running: of a question at once, of a deletion at the signal. The other groups have been
 * deleted all the same.
 */
export async function removeGroups(
  creates: readonly CreateEntry[] | undefined,
  groups: ContainerGroups,
  attempt: string,
  clock: Clock,
  signal: AbortSignal,
  spared?: string,
): Promise<readonly string[]> {
  const known = (creates ?? []).flatMap((entry) =>
    entry.groupId !== undefined && entry.state !== 'deleted' ? [entry.groupId] : [],
  );
  const unknown = creates === undefined || creates.some((entry) => entry.state === 'sent');
  const remove = async (found: readonly string[]): Promise<readonly string[]> => {
    const ids = found.filter((id) => id !== spared);
    await Promise.all(ids.map((id) => removeGroup(id, groups, clock, signal)));
    return ids;
  };
  // ECI has taken their deletion; it is over when they are not shown any more.
  const abandoned = (creates ?? []).flatMap((entry) =>
    entry.state === 'deleted' && entry.groupId !== undefined ? [entry.groupId] : [],
  );
  const results = await Promise.allSettled([
    remove(known),
    abandoned.length === 0
      ? []
      : groups.existing(abandoned.slice(-MOST_IDS), signal).then((found) => remove(stillThere(found))),
    unknown
      ? groups.findByTags(attemptTags(attempt), signal).then((found) => remove(stillThere(found)))
      : Promise.resolve([]),
  ]);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  return [...new Set(results.flatMap((result) => (result.status === 'fulfilled' ? result.value : [])))];
}

/** ECI's limit for one question; an attempt that abandoned more has waited for most of them for minutes. */
const MOST_IDS = 20;

const stillThere = (groups: readonly ContainerGroup[]): readonly string[] =>
  groups.filter((group) => group.status !== 'Terminating').map((group) => group.id);

/**
 * Asks for one group's deletion until ECI takes it, or the signal ends the patience.
 * @throws ECI's last error, ambiguous when another call had no answer by then; or a DriverError when there was none.
 */
export async function removeGroup(
  id: string,
  groups: ContainerGroups,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  let last: Error = new DriverError('platform', `The container group ${id} could not be deleted in time.`, {
    hint: 'It ends by itself at its deadline. To end it now, delete it in the ECI console.',
  });
  while (true) {
    try {
      return await groups.remove(id, signal);
    } catch (error) {
      if (error instanceof EciError) last = error;
      else if (!signal.aborted) throw error;
      // The call that was cut off may have done what an earlier one was refused.
      else if (last instanceof EciError) last = last.asAmbiguous();
    }
    // The client has repeated what passes quickly; a status that forbids deletion can last longer.
    await clock.sleep(RETRY_INTERVAL, signal).catch(() => {
      throw last;
    });
  }
}
