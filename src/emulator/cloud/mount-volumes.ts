import type { CloudClock } from '../clock.ts';
import type { Scenario } from '../scenario.ts';
import type { GroupState } from './group-state.ts';
import { storageOf } from './storage.ts';

/** Pauses of the kubelet between two attempts, in seconds; they double. */
const FIRST_PAUSE = 0.5;
const LONGEST_PAUSE = 122;

/** A group's volumes, before anything else of it. Never resolves while one of them cannot be mounted: the group stays pending, as on Kubernetes. */
export async function mountVolumes(
  group: GroupState,
  scenario: Scenario,
  clock: CloudClock,
  signal: AbortSignal,
): Promise<void> {
  const failing = group.request.Volume.filter((volume) => storageOf(volume, scenario)?.mount === 'fails');
  if (failing.length === 0) return;
  for (const { name } of group.containers) group.waiting(name, 'ContainerCreating');
  for (let pause = FIRST_PAUSE; ; pause = Math.min(LONGEST_PAUSE, pause * 2)) {
    for (const { Name } of failing) {
      const message = `MountVolume.SetUp failed for volume "${Name}" : mount failed: exit status 32`;
      group.event('Warning', 'FailedMount', message);
    }
    await clock.sleep(pause * 1000, signal);
  }
}
