import type { ContainerExit, LogLine, Machine, MachineKind, MachineSpec } from '../../src/emulator/machine.ts';

export interface FakeOptions {
  /** Why no such group can be run. */
  readonly refusal?: string;
  /** Exit codes of init containers by name; 0 if not named. `hang`: runs until it is stopped. */
  readonly init?: Readonly<Record<string, number | 'hang'>>;
  /** Containers that cannot be started, and why. */
  readonly broken?: Readonly<Record<string, string>>;
  /** Ends on KILL only, which is a stop without any grace. */
  readonly ignoresTerm?: boolean;
  /** What a command in a container writes; without it the machines run none. */
  readonly exec?: (name: string, argv: readonly string[]) => string;
  /** What containers have written. */
  readonly log?: (name: string, which: 'this' | 'last') => readonly LogLine[];
  /** The only images that there are. */
  readonly images?: readonly string[];
  readonly isRelayed?: boolean;
  /** What keeps it from being removed. */
  readonly leftover?: string;
}

/** Machines without anything behind them: containers run until the test ends them. */
export class FakeMachines implements MachineKind {
  readonly made: FakeMachine[] = [];
  private readonly options: FakeOptions;

  constructor(options: FakeOptions = {}) {
    this.options = options;
  }

  get isRelayed(): boolean {
    return this.options.isRelayed ?? false;
  }

  hasImage(image: string): boolean {
    return this.options.images?.includes(image) ?? true;
  }

  refuse(): string | undefined {
    return this.options.refusal;
  }

  create(spec: MachineSpec): FakeMachine {
    const machine = new FakeMachine(spec, this.options);
    this.made.push(machine);
    return machine;
  }

  of(groupId: string): FakeMachine {
    const machine = this.made.find((each) => each.spec.groupId === groupId);
    if (!machine) throw new Error(`no machine for ${groupId}`);
    return machine;
  }
}

export class FakeMachine implements Machine {
  readonly spec: MachineSpec;
  /** What the cloud asked for, in order. */
  readonly calls: string[] = [];
  readonly exec?: (name: string, argv: readonly string[]) => Promise<string>;
  private held: Promise<void> | undefined;
  private readonly options: FakeOptions;
  private readonly ends = new Map<string, PromiseWithResolvers>();

  constructor(spec: MachineSpec, options: FakeOptions) {
    this.spec = spec;
    this.options = options;
    const { exec } = options;
    if (exec) this.exec = (name, argv) => Promise.resolve(exec(name, argv));
  }

  async runInit(name: string): Promise<ContainerExit> {
    this.calls.push(`init ${name}`);
    const code = this.options.init?.[name] ?? 0;
    return code === 'hang' ? this.endOf(name).promise : exit(code);
  }

  /** Starts take until the returned function is called. */
  holdStarts(): () => void {
    let release: () => void = () => undefined;
    this.held = new Promise((resolve) => (release = resolve));
    return () => release();
  }

  async start(name: string): Promise<void> {
    await this.held;
    this.calls.push(`start ${name}`);
    const why = this.options.broken?.[name];
    if (why !== undefined) throw new Error(why);
    // A restarted container is a new one.
    this.ends.delete(name);
    this.endOf(name);
    return Promise.resolve();
  }

  log(name: string, which: 'this' | 'last'): readonly LogLine[] {
    return this.options.log?.(name, which) ?? [];
  }

  ended(name: string): Promise<ContainerExit> {
    return this.endOf(name).promise;
  }

  /** A container ends by itself. */
  end(name: string, code: number): void {
    this.endOf(name).resolve(exit(code));
  }

  async stop(graceSeconds: number): Promise<void> {
    this.calls.push(`stop ${graceSeconds}`);
    if (!this.options.ignoresTerm || graceSeconds === 0) for (const end of this.ends.values()) end.resolve(exit(143));
    await Promise.all([...this.ends.values()].map((end) => end.promise));
  }

  remove(): Promise<void> {
    this.calls.push('remove');
    const { leftover } = this.options;
    return leftover === undefined ? Promise.resolve() : Promise.reject(new Error(leftover));
  }

  private endOf(name: string): PromiseWithResolvers {
    const known = this.ends.get(name);
    if (known) return known;
    let resolve: (end: ContainerExit) => void = () => undefined;
    const made = {
      promise: new Promise<ContainerExit>((settle) => (resolve = settle)),
      resolve: (end: ContainerExit) => resolve(end),
    };
    this.ends.set(name, made);
    return made;
  }
}

interface PromiseWithResolvers {
  readonly promise: Promise<ContainerExit>;
  readonly resolve: (exit: ContainerExit) => void;
}

const exit = (code: number): ContainerExit => ({ code, reason: code === 0 ? 'Completed' : 'Error', message: '' });
