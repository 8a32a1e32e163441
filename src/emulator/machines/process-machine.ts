import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CloudClock } from '../clock.ts';
import type { LineCondition, ContainerExit, ContainerSpec, LogLine, Machine, MachineSpec } from '../machine.ts';
import { AgentServer } from './agent/agent-server.ts';
import { Network } from './agent/network.ts';
import { ProcessGroups } from './agent/process-groups.ts';
import type { ScriptPlace } from './agent/script-place.ts';
import { agentCommandOf } from './agent-command.ts';
import { killEscaped } from './escaped-processes.ts';
import { Folders } from './folders.ts';
import { IdleSidecar, isIdle } from './idle-sidecar.ts';
import { install } from './install.ts';
import type { RealMounts } from './real-mounts.ts';
import { stopAll } from './stop-all.ts';

/** Real milliseconds from KILL to an ended container. */
const LONGEST_ENDING = 2000;
/** In the environment of every script, where no create call can replace it: finds what has left its process group. */
const MARK = 'ECI_EMULATOR_GROUP';
const LISTEN_VARIABLE = 'ECI_AGENT_LISTEN';

interface ProcessMachineOptions {
  /** A program that `install` links as `gitlab-runner`. */
  readonly gitlabRunner: string | undefined;
  /** PATH of the job's scripts. */
  readonly path: string;
  readonly mounts: RealMounts;
  readonly clock: CloudClock;
}

/** What a container is here. */
type Running = Pick<AgentServer, 'ended' | 'stop' | 'kill' | 'killScripts'>;

/** One group whose containers are processes of the user who started the emulator. */
export class ProcessMachine implements Machine {
  private readonly spec: MachineSpec;
  private readonly options: ProcessMachineOptions;
  private readonly folders: Folders;
  private readonly containers = new Map<string, Promise<Running>>();
  private readonly running = new Map<string, Running>();
  private readonly network = new Network();
  private made: Promise<void> | undefined;
  /** Of init containers: nothing may come into a folder that is being removed. */
  private readonly installing = new Set<Promise<ContainerExit>>();
  private stopping = false;

  constructor(spec: MachineSpec, options: ProcessMachineOptions) {
    this.spec = spec;
    this.options = options;
    this.folders = new Folders(spec, options.mounts);
  }

  runInit(name: string): Promise<ContainerExit> {
    const installed = this.install(find(this.spec.initContainers, name));
    this.installing.add(installed);
    return installed;
  }

  async start(name: string): Promise<void> {
    const container = find(this.spec.containers, name);
    if (this.stopping) throw new Error('the group is being stopped');
    const starting = this.run(container);
    this.containers.set(name, starting);
    starting.catch(() => this.containers.delete(name));
    this.running.set(name, await starting);
  }

  async ended(name: string): Promise<ContainerExit> {
    const started = await this.containers.get(name);
    if (!started) throw new Error(`the container ${name} was not started`);
    return exitOf(await started.ended);
  }

  async stop(graceSeconds: number): Promise<void> {
    this.stopping = true;
    const containers = [...this.containers.values()].map(async (starting) => {
      const container = await starting;
      return { stop: () => container.stop(), kill: () => void this.soon(container.kill()) };
    });
    await stopAll(containers, graceSeconds, this.options.clock);
    await this.soon(killEscaped(MARK, this.folders.home));
    // Nothing waits for a line any more.
    this.network.set({ mode: 'drop', seconds: 0 });
  }

  async remove(): Promise<void> {
    await Promise.all([this.made?.catch(() => undefined), ...this.installing]);
    await this.folders.remove();
  }

  end(name: string, code: number): void {
    const ending = this.running.get(name)?.kill(code);
    if (ending) void this.soon(ending);
  }

  log(name: string): readonly LogLine[] {
    const container = this.running.get(name);
    return container instanceof IdleSidecar ? container.log() : [];
  }

  killScripts(name: string): number {
    return this.running.get(name)?.killScripts() ?? 0;
  }

  connections(condition: LineCondition): void {
    this.network.set(condition);
  }

  /** Real processes need a moment to end, and time that is advanced waits for it. */
  private soon(ending: Promise<void>): Promise<void> {
    return this.options.clock.waitFor?.(ending, LONGEST_ENDING) ?? ending;
  }

  private make(): Promise<void> {
    this.made ??= this.folders.make();
    return this.made;
  }

  private async install(container: ContainerSpec): Promise<ContainerExit> {
    try {
      await this.make();
      await install(container, this.folders, this.options.gitlabRunner);
      return exitOf(0);
    } catch (error) {
      return { ...exitOf(1), message: (error as Error).message };
    }
  }

  private run(container: ContainerSpec): Promise<Running> {
    if (isIdle(container)) return Promise.resolve(new IdleSidecar(this.options.clock.now()));
    return this.serve(container);
  }

  private async serve(container: ContainerSpec): Promise<AgentServer> {
    const command = agentCommandOf(container);
    if (command.kind !== 'serve') throw new Error('only "serve" keeps a container running');
    await this.make();
    const keys = this.folders.resolve(container, command.keys);
    const listen = container.env.find((each) => each.key === LISTEN_VARIABLE)?.value;
    return AgentServer.listen({
      ...command,
      quirks: container.quirks,
      network: this.network,
      address: listen || this.spec.address,
      hostKey: await readFile(join(keys, 'host_key'), 'utf8'),
      authorizedKey: await readFile(join(keys, 'authorized_keys'), 'utf8'),
      place: await this.placeOf(container, this.folders.resolve(container, command.run)),
    });
  }

  /** A container's environment is the emulator's PATH, a home of the group's own, and what the create call names, without what is the agent's. */
  private async placeOf(container: ContainerSpec, folder: string): Promise<ScriptPlace> {
    await mkdir(folder, { recursive: true });
    const own = container.env.filter((each) => each.key !== LISTEN_VARIABLE);
    return {
      folder,
      workingDirectory: '/',
      environment: {
        PATH: this.options.path,
        HOME: this.folders.home,
        ...Object.fromEntries(own.map(({ key, value }) => [key, value])),
        [MARK]: this.folders.home,
      },
      groups: new ProcessGroups(),
      resolve: (path) => this.folders.resolve(container, path),
    };
  }
}

const exitOf = (code: number): ContainerExit => ({ code, reason: code === 0 ? 'Completed' : 'Error', message: '' });

function find(containers: readonly ContainerSpec[], name: string): ContainerSpec {
  const found = containers.find((each) => each.name === name);
  if (!found) throw new Error(`there is no container ${name}`);
  return found;
}
