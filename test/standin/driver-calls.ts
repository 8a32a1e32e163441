import { exitCodeFileIn, driverEnvironment, type Environment } from './driver-environment.ts';
import { DriverProcess, type DriverCommand } from './driver-process.ts';
import { failureOf } from './exit-code.ts';
import { jobServices } from './job-variables.ts';
import type { Build } from './build.ts';
import type { LogStream } from './job-log.ts';
import type { StopContext } from './stop-context.ts';

/** One process that the runner has started. */
export interface DriverCall {
  /** `config`, `prepare`, `cleanup`, or the run stage's name as in its arguments. */
  readonly stage: string;
  /** Counts the attempts of prepare; the run stages belong to the one that succeeded. */
  readonly attempt: number;
  readonly pid: number;
  readonly args: readonly string[];
  /** Both are null while it runs, and when the runner gave up on it. */
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  readonly startedAt: number;
  endedAt: number | undefined;
}

export interface CallRequest {
  readonly stage: string;
  readonly attempt: number;
  readonly command: DriverCommand;
  readonly tempDir: string;
  readonly jobEnv: Environment;
  readonly stdout: LogStream;
  readonly stderr: LogStream;
}

/** What somebody wants to see of the calls. */
export interface CallWatch {
  /** A driver's process has just been started; `stage` is `config`, `prepare`, `cleanup` or as in the arguments of run. */
  readonly onStage?: ((stage: string, pid: number) => void) | undefined;
  /** What a driver has written to either of its pipes, before anything is masked. */
  readonly onOutput?: ((stage: string, chunk: Buffer) => void) | undefined;
}

/** Starts the driver's processes of a job and keeps the list of them. */
export class DriverCalls {
  readonly list: DriverCall[] = [];
  readonly #build: Build;
  readonly #host: Environment;
  readonly #watch: CallWatch;
  readonly #alive = new Set<DriverProcess>();
  #runnerGone = false;

  constructor(build: Build, host: Environment, watch: CallWatch) {
    this.#build = build;
    this.#host = host;
    this.#watch = watch;
  }

  /** The folder for temporary files of the runner's own process. */
  get runnerTempDir(): string {
    return this.#host.TMPDIR || '/tmp';
  }

  /** @throws what the runner takes the driver's end for, if it is a failure. */
  async call(context: StopContext, request: CallRequest): Promise<void> {
    // A runner that has exited never comes to its next line.
    if (this.#runnerGone) await new Promise<never>(() => undefined);
    const { stage, attempt, command, tempDir, stdout, stderr } = request;
    const startedAt = Date.now();
    const process = await DriverProcess.start(command, {
      cwd: tempDir,
      env: this.#environment(request),
      searchPath: this.#host.PATH ?? '',
      stdout: (chunk) => this.#pass(stage, chunk, stdout),
      stderr: (chunk) => this.#pass(stage, chunk, stderr),
    });
    const { pid } = process;
    const record: DriverCall = {
      stage,
      attempt,
      pid,
      args: command.args,
      exitCode: null,
      signal: null,
      startedAt,
      endedAt: undefined,
    };
    this.list.push(record);
    this.#alive.add(process);
    void process.end.then(() => this.#alive.delete(process));
    this.#watch.onStage?.(stage, pid);
    try {
      const end = await process.waitOrKill(context, this.#build.settings);
      Object.assign(record, end);
      const failure = failureOf(end, exitCodeFileIn(tempDir));
      if (failure) throw failure;
    } finally {
      record.endedAt = Date.now();
      stdout.end();
      stderr.end();
    }
  }

  #pass(stage: string, chunk: Buffer, stream: LogStream): void {
    this.#watch.onOutput?.(stage, chunk);
    stream.write(chunk);
  }

  /** The runner's process is over: its pipes break, its children go on. */
  runnerExits(): void {
    this.#runnerGone = true;
    for (const process of this.#alive) process.runnerExits();
  }

  #environment({ tempDir, jobEnv }: CallRequest): Record<string, string> {
    const variables = this.#build.variables();
    const services = jobServices(this.#build.payload.services, variables);
    return driverEnvironment({ host: this.#host, tempDir, jobEnv, variables, services });
  }
}
