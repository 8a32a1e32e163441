import { type ChildProcess, spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerExit, LogLine } from '../../machine.ts';
import { within } from '../agent/within.ts';
import { OutputLog } from '../output-log.ts';
import { type Launch, launchCommand, STATUS_FD } from './launch.ts';
import { commandLine, descendants, type ProcessFacts, processFacts, send } from './process-tree.ts';

/** Milliseconds between two looks at a process. */
const PAUSE = 2;
/** Looks at what should be gone. */
const LOOKS = 500;
/** Milliseconds for what should come at once: a first process, the last words of a program that has ended, an end after KILL. */
const PATIENCE = PAUSE * LOOKS;
/** Looks at the processes of a container; scripts that multiply faster than we kill are left to the container's own end. */
const SWEEPS = 5;
/** 128 + KILL */
const KILLED = 137;
/** The container runtime's code for a command that cannot be started. */
const CANNOT_RUN = 128;

/** One container from its start to its end. */
export class ContainerProcess {
  /** Resolves when its program runs, rejects with a sentence when it cannot. */
  readonly started: Promise<void>;
  /** Resolves when nothing of it runs any more. Never rejects. */
  readonly ended: Promise<ContainerExit>;
  private readonly child: ChildProcess;
  private readonly output: OutputLog;
  /** The container's first process, once there is one; undefined when there never will be. */
  private readonly first: Promise<ProcessFacts | undefined>;
  private readonly closed: Promise<void>;
  /** bwrap, or what was to become it, has ended. */
  private readonly left: Promise<void>;
  /** Nothing more can come from it. */
  private readonly toldAll: Promise<void>;
  /** bwrap, or what was to become it, has ended; nothing of the container is left. */
  private hasLeft = false;
  private isOver = false;
  private hasRun = false;
  /** What bwrap told. */
  private messages = '';
  private failure: string | undefined;
  private firstPid: number | undefined;
  private forced: number | undefined;

  /** @param now the time of what it writes, in milliseconds since the epoch. */
  constructor(launch: Launch, now: () => number) {
    const [program, ...args] = launchCommand(launch);
    // In a session of its own: a Ctrl-C at the emulator's terminal is the emulator's affair.
    this.child = spawn(program, args, {
      detached: true,
      env: { PATH: process.env.PATH },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    this.output = new OutputLog(now);
    for (const stream of [this.child.stdout, this.child.stderr]) {
      hear(stream, (chunk) => this.output.add(stream ?? {}, chunk));
    }
    const status = this.child.stdio[STATUS_FD];
    hear(status, (chunk) => (this.messages += chunk));
    this.toldAll = new Promise((resolve) => (status ? status.once('close', () => resolve()) : resolve()));
    this.left = new Promise<void>((resolve) => {
      this.child.once('exit', () => resolve());
      this.child.once('error', ({ message }) => resolve(void (this.failure = message)));
    }).then(() => void (this.hasLeft = true));
    this.closed = new Promise((resolve) => this.child.once('close', () => resolve()));
    this.first = this.findFirst();
    this.ended = this.left.then(() => this.end());
    this.started = this.untilItRuns();
    // Whoever does not wait for the start learns of it by the end.
    this.started.catch(() => undefined);
  }

  /** To the first process; the kernel ends the others with it. Nothing when it has ended. */
  async signal(name: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const first = await this.first;
    if (!first || this.isOver) return;
    send(first.pid, name);
  }

  /**
   * Ends it at once. Where there is no first process, or its end is not noticed, the programs that were to make it are ended.
   * @param code what it is said to have ended with.
   */
  async kill(code?: number): Promise<void> {
    this.forced ??= code;
    await within(PATIENCE, this.signal('SIGKILL'));
    if (await within(PATIENCE, this.left)) return;
    // They are one process group, as nothing of the chain makes one of its own.
    if (this.child.pid !== undefined) send(-this.child.pid, 'SIGKILL');
  }

  /** KILL to all but the first process. @returns how many children of its were hit, which the agent's scripts are. */
  killChildren(): number {
    const pid = this.isOver ? undefined : this.firstPid;
    if (pid === undefined) return 0;
    const hit = new Set<number>();
    for (let look = 0; look < SWEEPS; look++) {
      const { children, all } = descendants(pid);
      if (all.length === 0) break;
      for (const each of children) hit.add(each);
      for (const each of all) send(each, 'SIGKILL');
    }
    return hit.size;
  }

  /** What the first process, and whatever has its output, wrote. */
  log(): readonly LogLine[] {
    return this.output.lines();
  }

  private async findFirst(): Promise<ProcessFacts | undefined> {
    for (;;) {
      const isLast = this.hasLeft;
      if (isLast) await within(PATIENCE, this.toldAll);
      const pid = this.told('child-pid');
      if (pid !== undefined) {
        this.firstPid = pid;
        return processFacts(pid);
      }
      if (isLast) return undefined;
      await sleep(PAUSE);
    }
  }

  /** bwrap's child becomes the container's program when its command line is another one than bwrap's. */
  private async untilItRuns(): Promise<void> {
    const first = await this.first;
    while (first && !this.isOver) {
      const [bwrap, program] = [commandLine(this.child.pid ?? 0), commandLine(first.pid)];
      if (bwrap !== '' && program !== '' && bwrap !== program) {
        this.hasRun = true;
        return;
      }
      await sleep(PAUSE);
    }
    const { reason, message } = await this.ended;
    if (reason === 'ContainerCannotRun') throw new Error(message);
  }

  private async end(): Promise<ContainerExit> {
    // bwrap's end is not always its child's.
    const first = await this.first;
    for (let look = 0; first && look < LOOKS && isStillThere(first); look++) {
      send(first.pid, 'SIGKILL');
      await sleep(PAUSE);
    }
    await within(PATIENCE, this.closed);
    for (const stream of this.child.stdio) stream?.destroy();
    this.isOver = true;
    const code = this.told('exit-code') ?? (this.hasRun ? KILLED : undefined);
    if (code === undefined) {
      return { code: CANNOT_RUN, reason: 'ContainerCannotRun', message: this.failure ?? whyNot(this.log()) };
    }
    return exitOf(this.forced ?? code);
  }

  private told(key: 'child-pid' | 'exit-code'): number | undefined {
    const [, number] = new RegExp(`"${key}": (\\d+)`).exec(this.messages) ?? [];
    return number === undefined ? undefined : Number(number);
  }
}

const exitOf = (code: number): ContainerExit => ({ code, reason: code === 0 ? 'Completed' : 'Error', message: '' });

const isStillThere = ({ pid, startedAt }: ProcessFacts): boolean => processFacts(pid)?.startedAt === startedAt;

/** The words of the last program of the chain; of bwrap, that it cannot start the command, in a container runtime's words. */
function whyNot(output: readonly LogLine[]): string {
  const last = output.at(-1)?.text.trim() ?? '';
  const [, command, reason] = /^bwrap: execvp (.*): ([^:]+)$/.exec(last) ?? [];
  return reason === undefined ? last || 'it was stopped before it ran' : `exec: "${command}": ${reason.toLowerCase()}`;
}

function hear(stream: unknown, take: (chunk: string) => void): void {
  if (!(stream instanceof Readable)) return;
  stream.setEncoding('utf8').on('data', take);
  stream.on('error', () => undefined);
}
