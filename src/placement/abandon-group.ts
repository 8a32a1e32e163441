import { removeGroup } from '../group/remove-groups.ts';
import type { Settings } from '../settings/schema.ts';
import { timeLimit } from '../time-limit.ts';
import type { PlacementPorts } from './ports.ts';

/**
 * Deletes a group that came to nothing. That is before the next create: one that is there after all would run beside the one that is waited for.
 * @throws ECI's last error when it does not take the deletion within `scheduling_timeout`.
 */
export async function abandonGroup(
  id: string,
  tryNumber: number,
  settings: Pick<Settings, 'scheduling_timeout'>,
  { clock, record, groups, signal }: Pick<PlacementPorts, 'clock' | 'record' | 'groups' | 'signal'>,
): Promise<void> {
  const patience = timeLimit(settings.scheduling_timeout * 1000, clock, signal);
  try {
    await removeGroup(id, groups, clock, patience.signal);
  } finally {
    patience.over();
  }
  await record.deleted(tryNumber);
}
