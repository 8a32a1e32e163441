import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter } from 'node:path';
import { getSystemErrorMap } from 'node:util';
import type { ProcessEnd } from './exit-code.ts';
import { closeWriteEnds, openPipes } from './pipe.ts';
import type { StopContext } from './stop-context.ts';
import { settlesWithin } from './within.ts';

/** An executable of the runner's configuration with its arguments. */
export interface DriverCommand {
  readonly command: string;
  readonly args: readonly string[];
}

interface StartOptions {
  readonly cwd: string;
  readonly env: Record<string, string>;
  /** The runner's own PATH, not the one that the driver gets. */
  readonly searchPath: string;
  readonly stdout: (chunk: Buffer) => void;
  readonly stderr: (chunk: Buffer) => void;
}

type Pipes = ReturnType<typeof openPipes>;

export interface KillTimeouts {
  readonly gracefulKillTimeoutMs: number;
  readonly forceKillTimeoutMs: number;
}

/** A driver that runs, as the leader of its own process group. */
export class DriverProcess {
  readonly pid: number;
  /** Settles when the process has ended *and* nobody holds its stdout or stderr any more: the runner waits for both. */
  readonly end: Promise<ProcessEnd>;
  readonly #pipes: Pipes;
  #runnerGone = false;

  private constructor(pid: number, end: Promise<ProcessEnd>, pipes: Pipes) {
    this.pid = pid;
    this.end = end;
    this.#pipes = pipes;
  }

  /** @throws Error with the runner's text when the kernel refuses, for one because the environment is too large. */
  static async start({ command, args }: DriverCommand, options: StartOptions): Promise<DriverProcess> {
    const file = find(command, options.searchPath);
    if (Object.values(options.env).some((value) => value.includes('\0'))) {
      throw new Error('failed to start command: exec: environment variable contains NUL');
    }
    const pipes = openPipes();
    pipes.stdout.reader.on('data', options.stdout);
    pipes.stderr.reader.on('data', options.stderr);
    const closed = Promise.all([once(pipes.stdout.reader, 'close'), once(pipes.stderr.reader, 'close')]);
    try {
      // `detached` makes a process group; that it makes a session too is the one difference from the runner.
      const child = spawn(file, args, {
        argv0: command,
        cwd: options.cwd,
        env: options.env,
        detached: true,
        stdio: ['ignore', pipes.stdout.writeEnd, pipes.stderr.writeEnd],
      });
      const { pid } = child;
      if (pid === undefined) {
        const [error] = (await once(child, 'error')) as [Error];
        throw error;
      }
      const exited = new Promise<ProcessEnd>((resolve) =>
        child.once('exit', (exitCode, signal) => resolve({ exitCode, signal })),
      );
      return new DriverProcess(
        pid,
        Promise.all([exited, closed]).then(([end]) => end),
        pipes,
      );
    } catch (error) {
      throw new Error(`failed to start command: fork/exec ${file}: ${systemText(error)}`, { cause: error });
    } finally {
      closeWriteEnds(pipes);
    }
  }

  /** The runner's process is over: its ends of the pipes are closed, and it sends no more signals. */
  runnerExits(): void {
    this.#runnerGone = true;
    this.#pipes.stdout.reader.destroy();
    this.#pipes.stderr.reader.destroy();
  }

  /**
   * Waits for the end. When the context stops first: SIGTERM to the group, the graceful time, SIGKILL to the group, the force time, and then
   * no more patience (runner: `helpers/process/killer.go`).
   */
  async waitOrKill(context: StopContext, timeouts: KillTimeouts): Promise<ProcessEnd> {
    await Promise.race([this.end, context.stopped]);
    // Nor does it wait for anything, and no timer of it keeps this process alive.
    if (this.#runnerGone) return new Promise<never>(() => undefined);
    if (!context.error) return this.end;
    if (!this.#signalGroup('SIGTERM')) this.#signalGroup('SIGKILL');
    if (await settlesWithin(this.end, timeouts.gracefulKillTimeoutMs)) return this.end;
    this.#signalGroup('SIGKILL');
    if (await settlesWithin(this.end, timeouts.forceKillTimeoutMs)) return this.end;
    throw new Error(`failed to kill process PID=${this.pid}, likely process is dormant`);
  }

  /** @returns false when the group has no process left. */
  #signalGroup(signal: NodeJS.Signals): boolean {
    try {
      return this.#runnerGone || process.kill(-this.pid, signal);
    } catch {
      return false;
    }
  }
}

/** A name without a slash is looked up in PATH. */
function find(command: string, searchPath: string): string {
  if (command.includes('/')) return command;
  const found = searchPath
    .split(delimiter)
    .map((folder) => `${folder || '.'}/${command}`)
    .find(isExecutable);
  if (found) return found;
  throw new Error(`failed to start command: exec: "${command}": executable file not found in $PATH`);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function systemText(error: unknown): string {
  const { errno, message } = error as NodeJS.ErrnoException;
  return (errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1]) ?? message;
}
