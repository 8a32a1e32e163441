import { interpretError } from '../eci/answers/interpret.ts';
import { type ContainerGroup, type ContainerGroups, EciError } from '../eci/container-groups.ts';
import type { SharedLooks } from '../state/shared-looks.ts';
import { isUneventful } from './loss.ts';

/**
 * Asks for one group, in the same call for groups of other jobs, and tells those to which nothing has happened.
 * @param askedAt now, in milliseconds since the epoch.
 * @returns undefined when ECI knows no such group.
 * @throws EciError as {@link ContainerGroups} does.
 */
export async function describeAmong(
  groupId: string,
  cloud: Pick<ContainerGroups, 'describe' | 'existing'>,
  looks: SharedLooks,
  askedAt: number,
  signal: AbortSignal,
): Promise<ContainerGroup | undefined> {
  const ids = await looks.askedTogether(groupId);
  if (ids.length === 1) return cloud.describe(groupId, signal);
  const found = await cloud.existing(ids, signal).catch((error: unknown) => {
    // Another account's group, or one that this user may not see, is no reason to know nothing of our own.
    if (error instanceof EciError && interpretError(error).means !== 'repeat') return [];
    throw error;
  });
  const fine = found.filter(isUneventful).map(({ id }) => id);
  await looks.tellFine(fine, askedAt);
  // Missing among many says nothing: ECI may refuse all of them for one that is gone.
  return found.find(({ id }) => id === groupId) ?? cloud.describe(groupId, signal);
}
