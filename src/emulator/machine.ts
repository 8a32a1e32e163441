/**
 * What stands behind a container group of the emulator: something that runs its containers. The cloud's side (`cloud/`) decides
 * when a container starts and stops, a machine does it.
 */

/** One container of a group, as the create call described it, field references filled in. */
export interface ContainerSpec {
  readonly name: string;
  readonly image: string;
  /** Declared to serve the others, as a job's services are. */
  readonly sidecar: boolean;
  /** `Command.N`; empty: the image's entrypoint. */
  readonly command: readonly string[];
  /** `Arg.N`; empty: the image's command, unless `command` is given. */
  readonly args: readonly string[];
  readonly env: readonly { readonly key: string; readonly value: string }[];
  /** The image's if not given; so are user and group. */
  readonly workingDir: string | undefined;
  readonly runAsUser: number | undefined;
  readonly runAsGroup: number | undefined;
  readonly readOnlyRoot: boolean;
  /** It may not run as root. */
  readonly nonRoot: boolean;
  /** More than a container has anyway, without `CAP_`. */
  readonly capabilities: readonly string[];
  /** TCP ports that it declares. */
  readonly ports: readonly number[];
  readonly quirks: AgentQuirks;
  readonly mounts: readonly Mount[];
}

export interface Mount {
  readonly volume: string;
  /** Where the container sees it. */
  readonly path: string;
  /** A folder or file of the volume in place of all of it; empty: all of it. */
  readonly subPath: string;
  readonly readOnly: boolean;
}

export interface VolumeSpec {
  readonly name: string;
  readonly kind: 'config-file' | 'empty-dir' | 'memory' | 'file-system';
  /** Of memory, in bytes; half of the machine's if not given. */
  readonly size?: number;
  /** Content of a ConfigFile volume, decoded. */
  readonly files: readonly { readonly path: string; readonly content: Buffer }[];
  /** Of a file system that groups find and leave: the scenario's folder that stands for it. */
  readonly folder?: string;
}

export interface MachineSpec {
  readonly groupId: string;
  /** The group's address, in 127.0.0.0/8. */
  readonly address: string;
  /** What `status.podIP` has said to its containers: the same, unless the kind of machine has a relay before them. */
  readonly podAddress: string;
  /** As its containers see it. */
  readonly hostName: string;
  readonly hostAliases: readonly { readonly address: string; readonly names: readonly string[] }[];
  /** How its containers look names up; as the machine does if not given. */
  readonly resolver?: Resolver;
  /** A folder of the group's own below the emulator's; the machine makes and removes it. */
  readonly folder: string;
  readonly initContainers: readonly ContainerSpec[];
  readonly containers: readonly ContainerSpec[];
  readonly volumes: readonly VolumeSpec[];
}

export interface Resolver {
  readonly nameServers: readonly string[];
  readonly searches: readonly string[];
  /** Such as `ndots:2`. */
  readonly options: readonly string[];
}

export interface ContainerExit {
  readonly code: number;
  /** The kubelet's word: `Completed`, `Error`, `ContainerCannotRun`. */
  readonly reason: string;
  readonly message: string;
}

export interface LogLine {
  /** The cloud's time when it came, in milliseconds since the epoch. */
  readonly at: number;
  /** With the line's end, if it has come. */
  readonly text: string;
}

/**
 * What lies between a group's agents and their clients. `drop`: existing and new connections end at once; `stall`: no byte passes; `delay`: each
 * takes so many real seconds; `normal`: everything that waited goes on. Two of them are about the connections that exist, and new ones pass: `reset`
 * ends these at once; `half-open` lets no byte of theirs pass any more, nor their end, as when something on the way has forgotten them.
 */
export interface LineCondition {
  readonly mode: 'normal' | 'drop' | 'stall' | 'delay' | 'reset' | 'half-open';
  /** Of `delay`. */
  readonly seconds: number;
}

/** What tests may want of an agent beside its work. */
export interface AgentQuirks {
  /** It never listens. */
  readonly deaf: boolean;
  /** Its host key is another than the one that it was given. */
  readonly foreignHostKey: boolean;
  /** It says that it speaks this version of the protocol, and no other. */
  readonly protocolVersion: number | undefined;
}

export interface Machine {
  /** Runs one init container to its end. */
  runInit(name: string): Promise<ContainerExit>;
  /** Starts a container; resolves when it runs, rejects with a sentence when it cannot. */
  start(name: string): Promise<void>;
  /** Resolves when a started container has ended. */
  ended(name: string): Promise<ContainerExit>;
  /**
   * TERM to every container's first process, KILL after the grace, in seconds. Resolves when all have ended. Another call while the first is under
   * way can only shorten the grace.
   */
  stop(graceSeconds: number): Promise<void>;
  /** Removes what the machine left on disk. */
  remove(): Promise<void>;
  /** A started container's first process ends at once, with this code. Kinds that cannot leave it out, as the following. */
  end?(name: string, code: number): void;
  /** KILL to the scripts that run in a container. @returns how many were hit. */
  killScripts?(name: string): number;
  connections?(condition: LineCondition): void;
  /** What a container's first process wrote. @param which of its starts. */
  log?(name: string, which: 'this' | 'last'): readonly LogLine[];
  /** Runs a program in a started container to its end. @returns what it wrote. */
  exec?(name: string, argv: readonly string[]): Promise<string>;
}

/** What is known of a group before it has addresses. */
export type PlannedMachine = Omit<MachineSpec, 'address' | 'podAddress'>;

export interface MachineKind {
  /** Programs of its groups listen on an address of their own, behind a relay on the group's. */
  readonly isRelayed?: boolean;
  /** A sentence when this kind cannot run such a group (a mount path outside the emulator's folder, say), at create time. */
  refuse(spec: PlannedMachine): string | undefined;
  /** Names of the containers that are shown as running and have no program in them; none, for kinds that run every one. */
  idle?(spec: PlannedMachine): readonly string[];
  /** Whether an image can be had; every one, for kinds that take none. */
  hasImage?(image: string): boolean;
  create(spec: MachineSpec): Machine;
}

export const NO_QUIRKS: AgentQuirks = { deaf: false, foreignHostKey: false, protocolVersion: undefined };
