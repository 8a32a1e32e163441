import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import type { ContainerExit, ContainerSpec, Machine, MachineKind, MachineSpec } from '../../../src/emulator/machine.ts';
import { containerMachines } from '../../../src/emulator/machines/containers/container-machines.ts';
import { type Images, makeImages } from '../../support/container-images.ts';
import { BUSYBOX_IMAGE } from '../../support/image-names.ts';
import { noContainers } from '../../support/no-containers.ts';
import { eventually } from '../../conformance/eventually.ts';
import { freeAddress, outputOf, PLAIN } from '../machine-group.ts';

export interface Containers {
  readonly images: Images;
  readonly kind: MachineKind;
  /** The port on 127.0.0.1 that groups with a network of their own reach. */
  readonly reachablePort: number;
  /** A folder that goes after the test, for groups and whatever else. */
  readonly root: string;
  /** A machine of containers that say only what a test is about. It is stopped and removed after the test. */
  readonly group: (
    containers: readonly Partial<ContainerSpec>[],
    more?: Partial<MachineSpec>,
    of?: MachineKind,
  ) => MachineUnderTest;
  /** Runs one container to its end. */
  readonly run: (
    container: Partial<ContainerSpec>,
    more?: Partial<MachineSpec>,
  ) => Promise<ContainerExit & { readonly log: string }>;
  /** The same with a line for busybox's shell. @returns what it wrote, and its end if that was not 0. */
  readonly sh: (line: string, container?: Partial<ContainerSpec>, more?: Partial<MachineSpec>) => Promise<string>;
}

export interface MachineUnderTest extends Machine {
  readonly spec: MachineSpec;
  /** All that a container has written. */
  readonly output: (name: string) => string;
}

/** Tests that need real containers; where those cannot be had the reason is in the tests' name. */
export function onContainers(about: string, tests: (containers: () => Containers) => void): void {
  if (noContainers !== undefined) {
    describe.skip(`${about} (${noContainers})`, () => tests(notHere));
    return;
  }
  describe(about, () => {
    let images: Images;
    let kind: MachineKind;
    let reachablePort: number;
    let root: string;
    const machines: Machine[] = [];
    beforeAll(async () => {
      images = await makeImages();
      reachablePort = await freePort();
      kind = await containerMachines({ images: images.folder, reachable: [`127.0.0.1:${reachablePort}`] });
      root = await mkdtemp(join(tmpdir(), 'containers-'));
    });
    afterEach(async () => {
      for (const machine of machines.splice(0)) {
        await machine.stop(0);
        await machine.remove();
      }
    });
    afterAll(async () => {
      await images.remove();
      await rm(root, { recursive: true, force: true });
    });
    const group: Containers['group'] = (containers, more, of = kind) => {
      const spec = groupSpec(root, containers, more);
      const machine = of.create(spec);
      machines.push(machine);
      return Object.assign(machine, { spec, output: (name: string) => outputOf(machine, name) });
    };
    const run: Containers['run'] = async (container, more) => {
      const machine = group([{ name: 'only', ...container }], more);
      await machine.start('only');
      const end = await machine.ended('only');
      return { ...end, log: machine.output('only') };
    };
    const sh: Containers['sh'] = async (line, container, more) => {
      const { code, log } = await run({ command: ['/bin/sh', '-c', line], ...container }, more);
      return code === 0 ? log : `${log}exit code ${code}`;
    };
    tests(() => ({ images, kind, reachablePort, root, group, run, sh }));
  });
}

/** A container's output so far, once it has written something. */
export async function written(machine: MachineUnderTest, name: string): Promise<string> {
  await eventually(`output of ${name}`, () => machine.output(name).includes('\n'));
  return machine.output(name);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

const notHere = (): never => {
  throw new Error('there are no containers here');
};

function groupSpec(
  root: string,
  containers: readonly Partial<ContainerSpec>[],
  more: Partial<MachineSpec> = {},
): MachineSpec {
  const address = freeAddress();
  return {
    groupId: `eci-${address}`,
    address,
    podAddress: freeAddress(),
    hostName: 'group',
    hostAliases: [],
    folder: join(root, address),
    initContainers: [],
    containers: containers.map((each, index) => ({
      name: `c${index}`,
      image: BUSYBOX_IMAGE,
      command: [],
      ...PLAIN,
      ...each,
    })),
    volumes: [],
    ...more,
  };
}
