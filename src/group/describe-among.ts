import { interpretError } from '../eci/answers/interpret.ts';
import { type ContainerGroup, type ContainerGroups, EciError } from '../eci/container-groups.ts';
import type { SharedLooks } from '../state/shared-looks.ts';
import { isUneventful } from './loss.ts';

/**
 * Asks for the groups of several jobs in one call, and tells those to which nothing has happened.
 * @param askedAt now, in milliseconds since the epoch.
 * @returns those that ECI tells of; one that is missing may be there all the same, as ECI may refuse all of them for one that is gone or not ours.
 * @throws EciError for a fault that may pass: nothing is known then, and a call for one group alone would be one more.
 */
export async function describeAmong(
  ids: readonly string[],
  cloud: Pick<ContainerGroups, 'existing'>,
  looks: SharedLooks,
  askedAt: number,
  signal: AbortSignal,
): Promise<readonly ContainerGroup[]> {
  const found = await cloud.existing(ids, signal).catch((error: unknown) => {
    if (error instanceof EciError && interpretError(error).means !== 'repeat') return [];
    throw error;
  });
  const fine = found.filter(isUneventful).map(({ id }) => id);
  await looks.tellFine(fine, askedAt);
  return found;
}
