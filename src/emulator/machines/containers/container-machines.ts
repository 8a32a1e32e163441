import { AdvanceableClock } from '../../advanceable-clock.ts';
import type { CloudClock } from '../../clock.ts';
import { ImageStore } from '../../images/image-store.ts';
import type { MachineKind, PlannedMachine } from '../../machine.ts';
import { ContainerMachine } from './container-machine.ts';
import { findIsolation } from './isolation.ts';

/**
 * Machines whose containers are isolated ones with the root file system of an image, by bubblewrap and overlayfs. Whatever agent there is runs in
 * them for real. Their network is the machine's: each group has a loopback address of its own.
 *
 * @param options.images folder of an image store.
 * @param options.diskSize MiB for everything that a group writes; no limit if not given.
 * @param options.clock the grace between TERM and KILL is the cloud's time; containers live in real time.
 * @throws Error with one sentence where containers cannot be had.
 */
export async function containerMachines(options: {
  readonly images: string;
  readonly clock?: CloudClock;
  readonly diskSize?: number | undefined;
}): Promise<MachineKind> {
  const { images, clock = new AdvanceableClock(), diskSize } = options;
  const isolation = await findIsolation();
  const store = new ImageStore(images);
  return {
    isRelayed: true,
    refuse,
    hasImage: (image) => store.has(image),
    create: (spec) => new ContainerMachine(spec, { isolation, store, clock, diskSize }),
  };
}

/** The agent is a real one, which tells no lies. */
function refuse({ containers }: PlannedMachine): string | undefined {
  const liar = containers.find(({ quirks }) => quirks.foreignHostKey || quirks.protocolVersion !== undefined);
  if (!liar) return undefined;
  return `container machines have a real agent: host_key and protocol_version of the image ${liar.image} are for process machines`;
}
