import type { GroupState } from './group-state.ts';

/** Not of ECI: without such an event people would look for the fault of a service in vain. @param names of containers without a program. */
export function tellIdle(group: GroupState, names: readonly string[]): void {
  if (names.length === 0) return;
  const message = `Nothing runs in the sidecars ${names.join(', ')} here: process machines of the emulator run the agent only.`;
  group.event('Warning', 'EmulatedOnly', message);
}
