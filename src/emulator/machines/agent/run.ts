import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:fs';
import { access, type FileHandle, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LogPipe } from './log-pipe.ts';
import type { ProcessGroup } from './process-groups.ts';
import { Refusal, type RunRequest } from './requests.ts';
import { ScriptFile } from './script-file.ts';
import { type ScriptPlace, startIn } from './script-place.ts';
import { timerFor } from './seconds.ts';
import { within } from './within.ts';

export type RunEnd =
  | { readonly end: 'exited'; readonly code: number }
  | { readonly end: 'signalled'; readonly signal: string }
  | { readonly end: 'interrupted' };

/** Milliseconds for output that something in the background still holds the pipe for, once the script has ended. */
const END_GRACE = 500;

type ProcessEnd = Exclude<RunEnd, { end: 'interrupted' }>;

/** One script: started once, its output in a log file, its end in memory. */
export class Run {
  /** Bytes of the log. */
  size = 0;
  /** A refusal when the agent itself failed: then nothing is known about the script. */
  outcome: RunEnd | Refusal | undefined;
  readonly logFile: string;
  /** Resolves with the outcome. */
  readonly over: Promise<void>;
  /** Called at every change: more bytes, or the end. */
  readonly watchers = new Set<() => void>();
  private readonly killAfter: number;
  private readonly group: ProcessGroup;
  private readonly log: FileHandle;
  private readonly pipe: LogPipe;
  private hasExited = false;
  private interrupted = false;
  private killer: NodeJS.Timeout | undefined;

  private constructor(
    parts: Pick<Run, 'logFile'> & { log: FileHandle; pipe: LogPipe; group: ProcessGroup; killAfter: number },
    script: ScriptFile,
    exit: Promise<ProcessEnd>,
  ) {
    this.logFile = parts.logFile;
    this.log = parts.log;
    this.pipe = parts.pipe;
    this.group = parts.group;
    this.killAfter = parts.killAfter;
    this.over = this.follow(script, exit);
  }

  /** @throws Refusal when no shell can run it. */
  static async start(request: RunRequest, content: Buffer, place: ScriptPlace): Promise<Run> {
    const shell = await firstExecutable(request.shells);
    const logFile = join(place.folder, `${request.id}.log`);
    const scriptFile = join(place.folder, `${request.id}.script`);
    const pipe = await LogPipe.open(place.folder);
    let log: FileHandle | undefined;
    try {
      const script = await ScriptFile.write(scriptFile, content);
      log = await open(logFile, 'w', 0o600);
      const child = await startIn(place, {
        argv: [shell, scriptFile],
        pathPrefix: request.path_prefix,
        umask: request.umask,
        stdio: ['ignore', pipe.writeEnd, pipe.writeEnd],
      });
      const group = place.groups.add(child.pid);
      void script.unlinkOnceOpenIn(child.pid);
      return new Run({ logFile, log, pipe, group, killAfter: request.kill_after }, script, endOf(child));
    } catch (error) {
      pipe.close();
      await log?.close();
      await Promise.all([scriptFile, logFile].map((path) => rm(path, { force: true })));
      throw error;
    } finally {
      pipe.closeWriteEnd();
    }
  }

  /** To the whole process group. TERM is followed by KILL, for whatever is left of the group then. */
  signal(name: NodeJS.Signals): void {
    this.group.signal(name);
    if (name !== 'SIGTERM') return;
    this.killer ??= setTimeout(() => {
      this.killer = undefined;
      this.group.signal('SIGKILL');
    }, timerFor(this.killAfter));
  }

  /**
   * The platform stops the container: marked before the script hears of it, so that its answer to TERM is not taken for a result. A script that has
   * ended already keeps its result.
   */
  interrupt(): void {
    if (this.outcome !== undefined) return;
    this.interrupted = !this.hasExited;
    this.signal('SIGTERM');
  }

  /** @throws Refusal when the log was dropped in between. */
  async openLog(): Promise<FileHandle> {
    return open(this.logFile, 'r').catch(() => {
      throw new Refusal('no-such-run', 'the log of this run was dropped');
    });
  }

  /** Forgets the log of a run that is over. Whoever reads it still reads on. */
  async drop(): Promise<void> {
    await rm(this.logFile, { force: true });
  }

  /** Something that the script left behind still writes, or waits for its KILL. */
  get isHeld(): boolean {
    return this.outcome === undefined || this.pipe.isOpen || this.killer !== undefined;
  }

  /** The container ends. */
  close(): void {
    clearTimeout(this.killer);
    this.killer = undefined;
    this.pipe.close();
  }

  private async append(chunk: Buffer): Promise<void> {
    if (this.outcome !== undefined) return;
    try {
      for (let done = 0; done < chunk.length;) done += (await this.log.write(chunk, done)).bytesWritten;
      this.size += chunk.length;
    } catch (error) {
      // A full disk. Without its log a run is worth nothing, and an end with a code would be believed.
      this.outcome = new Refusal('failed', `the log cannot be written: ${(error as Error).message}`);
      this.group.signal('SIGKILL');
    }
    this.notify();
  }

  private async follow(script: ScriptFile, exit: Promise<ProcessEnd>): Promise<void> {
    const passed = this.pipe.pass((chunk) => this.append(chunk));
    const end = await exit;
    this.hasExited = true;
    if (!(await within(END_GRACE, passed))) await this.pipe.drain();
    await script.unlink();
    await this.log.close();
    if (!this.group.alive) {
      clearTimeout(this.killer);
      this.killer = undefined;
    }
    this.outcome ??= this.interrupted ? { end: 'interrupted' } : end;
    this.notify();
  }

  private notify(): void {
    for (const watcher of this.watchers) watcher();
  }
}

const endOf = (child: ChildProcess): Promise<ProcessEnd> =>
  new Promise((resolve) => {
    child.once('exit', (code, signal) =>
      resolve(signal === null ? { end: 'exited', code: code ?? 255 } : { end: 'signalled', signal: signal.slice(3) }),
    );
  });

async function firstExecutable(shells: readonly string[]): Promise<string> {
  for (const shell of shells) {
    try {
      await access(shell, constants.X_OK);
      if ((await stat(shell)).isFile()) return shell;
    } catch {
      // The next one.
    }
  }
  throw new Refusal('no-shell', `none of ${shells.join(', ')} is executable`);
}
