import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, type FileHandle, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LogPipe } from './log-pipe.ts';
import { Refusal, type RunRequest } from './requests.ts';

export type RunEnd =
  | { readonly end: 'exited'; readonly code: number }
  | { readonly end: 'signalled'; readonly signal: string }
  | { readonly end: 'interrupted' };

/** Milliseconds for output that something in the background still holds the pipe for, once the script has ended. */
const END_GRACE = 500;

/** What a container gives to every script. */
export interface ScriptPlace {
  /** The run folder: scripts and logs. */
  readonly folder: string;
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Real path of one that the container sees. */
  readonly resolve: (path: string) => string;
}

/** One script: started once, its output in a log file, its end in memory. */
export class Run {
  /** Bytes of the log. */
  size = 0;
  end: RunEnd | undefined;
  readonly logFile: string;
  private readonly killAfter: number;
  private readonly child: ChildProcess;
  private readonly log: FileHandle;
  private readonly scriptFile: string;
  private readonly waiters = new Set<() => void>();
  private interrupted = false;
  private killer: NodeJS.Timeout | undefined;

  private constructor(fields: {
    child: ChildProcess;
    log: FileHandle;
    logFile: string;
    scriptFile: string;
    killAfter: number;
  }) {
    this.child = fields.child;
    this.log = fields.log;
    this.logFile = fields.logFile;
    this.scriptFile = fields.scriptFile;
    this.killAfter = fields.killAfter;
  }

  /** @throws Refusal when no shell can run it. */
  static async start(request: RunRequest, script: Buffer, place: ScriptPlace): Promise<Run> {
    const shell = await firstExecutable(request.shells);
    const scriptFile = join(place.folder, `${request.id}.script`);
    const logFile = join(place.folder, `${request.id}.log`);
    await writeFile(scriptFile, script, { mode: 0o700 });
    const log = await open(logFile, 'w', 0o600);
    const pipe = await LogPipe.open(place.folder);
    const [program, ...args] = withUmask([shell, scriptFile], request.umask);
    const child = spawn(program ?? shell, args, {
      cwd: place.workingDirectory,
      env: withPrefix(place.environment, request.path_prefix && place.resolve(request.path_prefix)),
      // A session of its own.
      detached: true,
      stdio: ['ignore', pipe.writeEnd, pipe.writeEnd],
    });
    pipe.closeWriteEnd();
    const run = new Run({ child, log, logFile, scriptFile, killAfter: request.kill_after });
    void run.follow(pipe);
    return run;
  }

  /** To the whole process group. TERM is followed by KILL. */
  signal(name: NodeJS.Signals): void {
    this.toGroup(name);
    if (name === 'SIGTERM') this.killer ??= setTimeout(() => this.toGroup('SIGKILL'), this.killAfter * 1000);
  }

  /** The platform stops the container: marked before the script hears of it, so that its answer to TERM is not taken for a result. */
  interrupt(): void {
    if (this.end !== undefined) return;
    this.interrupted = true;
    this.signal('SIGTERM');
  }

  /** Resolves at the next change: more bytes, or the end. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.waiters.add(resolve));
  }

  async ended(): Promise<RunEnd> {
    while (this.end === undefined) await this.changed();
    return this.end;
  }

  async drop(): Promise<void> {
    await rm(this.logFile, { force: true });
  }

  private async append(chunk: Buffer): Promise<void> {
    for (let done = 0; done < chunk.length;) {
      const { bytesWritten } = await this.log.write(chunk, done);
      done += bytesWritten;
    }
    // The shell has read enough of its script to run it, so it holds the file open.
    if (this.size === 0) await rm(this.scriptFile, { force: true });
    this.size += chunk.length;
    this.notify();
  }

  private async follow(pipe: LogPipe): Promise<void> {
    const passed = pipe.pass((chunk) => this.append(chunk));
    const { code, signal } = await this.exit();
    const emptied = await Promise.race([passed.then(() => true), sleep(END_GRACE, false)]);
    if (!emptied) await pipe.drain();
    pipe.close();
    clearTimeout(this.killer);
    await rm(this.scriptFile, { force: true });
    await this.log.close();
    if (this.interrupted) this.end = { end: 'interrupted' };
    else
      this.end = signal
        ? { end: 'signalled', signal: signal.replace(/^SIG/, '') }
        : { end: 'exited', code: code ?? 255 };
    this.notify();
  }

  private exit(): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    return new Promise((resolve) => {
      this.child.once('exit', (code, signal) => resolve({ code, signal }));
      // The shell was executable a moment ago.
      this.child.once('error', () => resolve({ code: 126, signal: null }));
    });
  }

  private toGroup(name: NodeJS.Signals): void {
    if (this.end !== undefined || this.child.pid === undefined) return;
    try {
      process.kill(-this.child.pid, name);
    } catch {
      // The group has ended in between.
    }
  }

  private notify(): void {
    const waiters = [...this.waiters];
    this.waiters.clear();
    for (const waiter of waiters) waiter();
  }
}

async function firstExecutable(shells: readonly string[]): Promise<string> {
  for (const shell of shells) {
    const works = await access(shell, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (works) return shell;
  }
  throw new Refusal('no-shell', `none of ${shells.join(', ')} is executable`);
}

/** Node has no umask for a child alone; a shell that replaces itself keeps the process. */
const withUmask = (command: readonly string[], umask: string | undefined): readonly string[] =>
  umask === undefined ? command : ['/bin/sh', '-c', 'umask "$1"; shift; exec "$@"', 'sh', umask, ...command];

export const withPrefix = (
  environment: Readonly<Record<string, string>>,
  prefix: string | undefined,
): Record<string, string> =>
  prefix ? { ...environment, PATH: environment.PATH ? `${prefix}:${environment.PATH}` : prefix } : { ...environment };
