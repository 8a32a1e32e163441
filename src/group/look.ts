import { interpretError } from '../eci/answers/interpret.ts';
import { type ContainerGroup, type ContainerGroups, EciError } from '../eci/container-groups.ts';

/** What one look at a group gave: the group, that there is none, or nothing because the API had a passing fault. */
type Look = { readonly group: ContainerGroup | undefined } | 'unknown';

/** An API that does not answer for a while is no reason to give up a group that is starting: only its own budget is. */
export async function look(groups: ContainerGroups, id: string, signal: AbortSignal): Promise<Look> {
  try {
    return { group: await groups.describe(id, signal) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof EciError && interpretError(error).means === 'repeat') return 'unknown';
    throw error;
  }
}
