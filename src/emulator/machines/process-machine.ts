import { chmod, cp, mkdir, readFile, readdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ContainerExit, ContainerSpec, Machine, MachineSpec } from '../machine.ts';
import { AgentServer } from './agent/agent-server.ts';
import type { ScriptPlace } from './agent/run.ts';
import { parseAgentCommand } from './agent-command.ts';
import { Folders } from './folders.ts';

const LISTEN_VARIABLE = 'ECI_AGENT_LISTEN';

const completed: ContainerExit = { code: 0, reason: 'Completed', message: '' };

export interface ProcessMachineOptions {
  /** A program that `install` links as `gitlab-runner`. */
  readonly gitlabRunner: string | undefined;
  /** PATH of the job's scripts. */
  readonly path: string;
}

/** One group whose containers are processes of the user who started the emulator. */
export class ProcessMachine implements Machine {
  private readonly spec: MachineSpec;
  private readonly options: ProcessMachineOptions;
  private readonly folders: Folders;
  private readonly agents = new Map<string, AgentServer>();
  private made: Promise<void> | undefined;

  constructor(spec: MachineSpec, options: ProcessMachineOptions) {
    this.spec = spec;
    this.options = options;
    this.folders = new Folders(spec);
  }

  async runInit(name: string): Promise<ContainerExit> {
    const container = find(this.spec.initContainers, name);
    try {
      await this.make();
      await this.install(container);
      return completed;
    } catch (error) {
      return { code: 1, reason: 'Error', message: (error as Error).message };
    }
  }

  async start(name: string): Promise<void> {
    const container = find(this.spec.containers, name);
    await this.make();
    const command = parseAgentCommand(container.argv);
    if (command.kind !== 'serve') throw new Error('only "serve" keeps a container running');
    const keys = this.folders.resolve(container, command.keys);
    const listen = container.env.find((each) => each.key === LISTEN_VARIABLE)?.value;
    const agent = await AgentServer.listen({
      ...command,
      address: listen || this.spec.address,
      hostKey: await readFile(join(keys, 'host_key'), 'utf8'),
      authorizedKey: await readFile(join(keys, 'authorized_keys'), 'utf8'),
      place: await this.placeOf(container, this.folders.resolve(container, command.run)),
    });
    this.agents.set(name, agent);
  }

  async ended(name: string): Promise<ContainerExit> {
    await this.agents.get(name)?.ended;
    return completed;
  }

  async stop(graceSeconds: number): Promise<void> {
    const agents = [...this.agents.values()];
    const killer = setTimeout(() => agents.forEach((agent) => void agent.kill()), graceSeconds * 1000);
    await Promise.all(agents.map((agent) => agent.stop()));
    clearTimeout(killer);
  }

  async remove(): Promise<void> {
    await this.folders.remove();
  }

  private make(): Promise<void> {
    this.made ??= this.folders.make();
    return this.made;
  }

  /** What the agent's `install` does in a real init container. */
  private async install(container: ContainerSpec): Promise<void> {
    const command = parseAgentCommand(container.argv);
    if (command.kind !== 'install') throw new Error('an init container of a process machine runs "install"');
    for (const { from, to } of command.keys) {
      const target = this.folders.resolve(container, to);
      await cp(this.folders.resolve(container, from), target, { recursive: true });
      for (const file of await readdir(target)) await chmod(join(target, file), 0o444);
    }
    const bin = join(this.folders.resolve(container, command.dest), 'bin');
    await mkdir(bin, { recursive: true });
    if (this.options.gitlabRunner) await symlink(this.options.gitlabRunner, join(bin, 'gitlab-runner'));
  }

  /** A container's environment: a PATH and a home, and what the create call names, without what is the agent's. */
  private async placeOf(container: ContainerSpec, folder: string): Promise<ScriptPlace> {
    await mkdir(dirname(folder), { recursive: true });
    const own = container.env.filter((each) => each.key !== LISTEN_VARIABLE);
    return {
      folder,
      workingDirectory: '/',
      environment: {
        PATH: this.options.path,
        HOME: this.folders.home,
        ...Object.fromEntries(own.map(({ key, value }) => [key, value])),
      },
      resolve: (path) => this.folders.resolve(container, path),
    };
  }
}

function find(containers: readonly ContainerSpec[], name: string): ContainerSpec {
  const found = containers.find((each) => each.name === name);
  if (!found) throw new Error(`there is no container ${name}`);
  return found;
}
