import { AdvanceableClock } from '../../advanceable-clock.ts';
import type { CloudClock } from '../../clock.ts';
import { ImageStore } from '../../images/image-store.ts';
import { parseReachable } from '../../listen.ts';
import type { MachineKind, PlannedMachine } from '../../machine.ts';
import { ContainerMachine } from './container-machine.ts';
import { findIsolation } from './isolation.ts';

/**
 * Machines whose containers are isolated ones with the root file system of an image, by bubblewrap and overlayfs. Whatever agent there is runs in
 * them for real. Each group has a loopback address. Its network is the machine's, or one of its own if it has sidecars.
 *
 * @param options.images folder of an image store.
 * @param options.diskSize MiB for everything that a group writes; no limit if not given.
 * @param options.reachable addresses of the machine, such as `127.0.0.1:8080`, that groups with a network of their own reach.
 * @param options.clock the grace between TERM and KILL is the cloud's time; containers live in real time.
 * @throws Error with one sentence where containers cannot be had.
 */
export async function containerMachines(options: {
  readonly images: string;
  readonly clock?: CloudClock;
  readonly diskSize?: number | undefined;
  readonly reachable?: readonly string[];
}): Promise<MachineKind> {
  const { images, clock = new AdvanceableClock(), diskSize } = options;
  const reachable = (options.reachable ?? []).map(parseReachable);
  const isolation = await findIsolation();
  const store = new ImageStore(images);
  return {
    isRelayed: true,
    refuse,
    hasImage: (image) => store.has(image),
    create: (spec) => new ContainerMachine(spec, { isolation, store, clock, diskSize, reachable }),
  };
}

/** The agent is a real one, which tells no lies. */
function refuse({ containers }: PlannedMachine): string | undefined {
  const liar = containers.find(({ quirks }) => quirks.foreignHostKey || quirks.protocolVersion !== undefined);
  if (!liar) return undefined;
  return `container machines have a real agent: host_key and protocol_version of the image ${liar.image} are for process machines`;
}
