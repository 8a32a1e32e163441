import { AdvanceableClock } from '../advanceable-clock.ts';
import type { CloudClock } from '../clock.ts';
import type { MachineKind } from '../machine.ts';
import { refuseMounts } from './folders.ts';
import { isIdle } from './idle-sidecar.ts';
import { ProcessMachine } from './process-machine.ts';
import { RealMounts } from './real-mounts.ts';

const USUAL_PATH = '/usr/local/bin:/usr/bin:/bin';

/**
 * Machines that need nothing: no privileges, no images, no installation. A container is the agent, played inside the emulator, and the scripts that
 * it starts as child processes of the emulator's own user. Isolation there is none: a script sees the host.
 *
 * @param options.root volumes that are not the driver's own have to be mounted below it, as scripts use their paths as they are.
 * @param options.clock the grace between TERM and KILL is the cloud's time; agents and scripts live in real time.
 * @param options.gitlabRunner a program that scripts find as `gitlab-runner`.
 */
export function processMachines(options: {
  readonly root: string;
  readonly gitlabRunner?: string;
  readonly clock?: CloudClock;
}): MachineKind {
  const { root, gitlabRunner, clock = new AdvanceableClock() } = options;
  const path = process.env.PATH ?? USUAL_PATH;
  const mounts = new RealMounts();
  return {
    refuse: (spec) => refuseMounts(spec, root),
    idle: ({ containers }) => containers.filter(isIdle).map(({ name }) => name),
    create: (spec) => new ProcessMachine(spec, { gitlabRunner, path, mounts, clock }),
  };
}
