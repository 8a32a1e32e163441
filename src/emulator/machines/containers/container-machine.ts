import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import type { CloudClock } from '../../clock.ts';
import type { ImageStore } from '../../images/image-store.ts';
import type { ListenAddress } from '../../listen.ts';
import type { ContainerExit, ContainerSpec, LineCondition, LogLine, Machine, MachineSpec } from '../../machine.ts';
import { containerCommand, containerEnvironment } from './container-command.ts';
import { ContainerProcess } from './container-process.ts';
import { containerUser } from './container-user.ts';
import { GroupFolder } from './group-folder.ts';
import { GroupNamespaces } from './group-namespaces.ts';
import type { Isolation } from './launch.ts';
import { prepareLaunch } from './prepare.ts';
import { Relay } from './relay.ts';
import { stopAll } from '../stop-all.ts';

/** Real milliseconds from KILL to an ended container. */
const LONGEST_ENDING = 2000;
const MEBIBYTE = 1024 * 1024;

interface ContainerMachineOptions {
  readonly isolation: Isolation;
  readonly store: ImageStore;
  readonly clock: CloudClock;
  /** MiB of a group's disk; that of the emulator's folder, without a limit, if not given. */
  readonly diskSize: number | undefined;
  /** Addresses of the machine that groups with a network of their own reach. */
  readonly reachable: readonly ListenAddress[];
}

/** One group whose containers are containers. */
export class ContainerMachine implements Machine {
  private readonly spec: MachineSpec;
  private readonly options: ContainerMachineOptions;
  private readonly folder: GroupFolder;
  private readonly relay: Relay;
  /** The last start of each, init containers included. */
  private readonly containers = new Map<string, Promise<ContainerProcess>>();
  /** Those of them whose process has been started. */
  private readonly processes = new Map<string, ContainerProcess>();
  /** The start before the last one. */
  private readonly before = new Map<string, ContainerProcess>();
  private made: Promise<void> | undefined;
  /** Of groups that need some of their own. */
  private namespaces: GroupNamespaces | undefined;
  private stopping = false;

  constructor(spec: MachineSpec, options: ContainerMachineOptions) {
    this.spec = spec;
    this.options = options;
    this.folder = new GroupFolder(spec);
    this.relay = new Relay(spec.address, (port) => this.dial(port));
  }

  async runInit(name: string): Promise<ContainerExit> {
    try {
      const container = await this.launch(find(this.spec.initContainers, name));
      return await container.ended;
    } catch (error) {
      return { code: 128, reason: 'ContainerCannotRun', message: (error as Error).message };
    }
  }

  async start(name: string): Promise<void> {
    const spec = find(this.spec.containers, name);
    const container = await this.launch(spec);
    const opened = spec.quirks.deaf ? [] : spec.ports.map((port) => this.relay.take(port));
    void container.ended.then(async () => {
      for (const each of await Promise.allSettled(opened)) if (each.status === 'fulfilled') each.value();
    });
    await Promise.all(opened).catch(async (error: Error) => {
      await container.kill();
      throw error;
    });
    await container.started;
  }

  async ended(name: string): Promise<ContainerExit> {
    const container = await this.containers.get(name);
    if (!container) throw new Error(`the container ${name} was not started`);
    return container.ended;
  }

  async stop(graceSeconds: number): Promise<void> {
    this.stopping = true;
    const containers = [...this.containers.values()].map(async (starting) => {
      const container = await starting;
      return {
        stop: async () => {
          await container.signal('SIGTERM');
          await container.ended;
        },
        kill: () => void this.soon(container.kill().then(() => container.ended)),
      };
    });
    await stopAll(containers, graceSeconds, this.options.clock);
    await this.namespaces?.close();
  }

  async remove(): Promise<void> {
    await this.made?.catch(() => undefined);
    await this.namespaces?.close();
    await this.folder.remove();
  }

  end(name: string, code: number): void {
    const container = this.processes.get(name);
    if (container) void this.soon(container.kill(code).then(() => container.ended));
  }

  killScripts(name: string): number {
    return this.processes.get(name)?.killChildren() ?? 0;
  }

  connections(condition: LineCondition): void {
    this.relay.set(condition);
  }

  log(name: string, which: 'this' | 'last'): readonly LogLine[] {
    const processes = which === 'this' ? this.processes : this.before;
    return processes.get(name)?.log() ?? [];
  }

  /** Real processes need a moment to end, and time that is advanced waits for it. */
  private soon<T>(ending: Promise<T>): Promise<T> {
    return this.options.clock.waitFor?.(ending, LONGEST_ENDING) ?? ending;
  }

  /** To a program that listens on the group's address, or on all. */
  private async dial(port: number): Promise<Socket> {
    const host = this.spec.podAddress;
    if (this.namespaces?.ownNetwork) return this.namespaces.connect(host, port);
    const socket = connect({ host, port, noDelay: true });
    await once(socket, 'connect');
    return socket;
  }

  private async make(): Promise<void> {
    await mkdir(this.spec.folder, { recursive: true });
    this.namespaces = await this.ownNamespaces();
    await this.folder.make(this.namespaces);
  }

  /** Services meet nobody but their own group: two groups may have the same ones. */
  private async ownNamespaces(): Promise<GroupNamespaces | undefined> {
    const { isolation, diskSize, reachable } = this.options;
    const ownNetwork = this.spec.containers.some(({ sidecar }) => sidecar);
    const disk = diskSize === undefined ? [] : [{ folder: this.spec.folder, mode: 0o755, size: diskSize * MEBIBYTE }];
    const inMemory = [...disk, ...this.folder.inMemory()];
    if (!ownNetwork && inMemory.length === 0) return undefined;
    return GroupNamespaces.open({ isolation, ownNetwork, reachable, inMemory });
  }

  private launch(spec: ContainerSpec): Promise<ContainerProcess> {
    if (this.stopping) return Promise.reject(new Error('the group is being stopped'));
    const launching = this.process(spec);
    this.containers.set(spec.name, launching);
    launching.then(
      (container) => {
        const last = this.processes.get(spec.name);
        if (last) this.before.set(spec.name, last);
        this.processes.set(spec.name, container);
      },
      () => this.containers.delete(spec.name),
    );
    return launching;
  }

  private async process(spec: ContainerSpec): Promise<ContainerProcess> {
    await (this.made ??= this.make());
    const { rootfs, config } = await this.options.store.find(spec.image);
    const user = await containerUser(spec, config.User, rootfs);
    if (spec.nonRoot && user.uid === 0) throw new Error('container has runAsNonRoot and image will run as root');
    const launch = await prepareLaunch(this.folder.nextContainerFolder(spec.name), {
      isolation: this.options.isolation,
      joins: this.namespaces,
      rootfs,
      user,
      hostName: this.spec.hostName,
      binds: await this.folder.binds(spec),
      environment: containerEnvironment(spec, config, this.spec, user),
      workingDir: spec.workingDir || config.WorkingDir || '/',
      readOnlyRoot: spec.readOnlyRoot,
      capabilities: spec.capabilities,
      argv: containerCommand(spec, config),
    });
    return new ContainerProcess(launch, () => this.options.clock.now());
  }
}

function find(containers: readonly ContainerSpec[], name: string): ContainerSpec {
  const found = containers.find((each) => each.name === name);
  if (!found) throw new Error(`there is no container ${name}`);
  return found;
}
