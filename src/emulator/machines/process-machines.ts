import type { MachineKind } from '../machine.ts';
import { refuseMounts } from './folders.ts';
import { ProcessMachine } from './process-machine.ts';

/**
 * Machines that need nothing: no privileges, no images, no installation. A container is the agent, played inside the emulator, and the scripts that
 * it starts as child processes of the emulator's own user. Isolation there is none: a script sees the host.
 */
export function processMachines(options: { readonly root: string; readonly gitlabRunner?: string }): MachineKind {
  const path = process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin';
  return {
    refuse: (spec) => refuseMounts(spec, options.root),
    create: (spec) => new ProcessMachine(spec, { gitlabRunner: options.gitlabRunner, path }),
  };
}
