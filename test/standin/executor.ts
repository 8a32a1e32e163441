import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { Build } from './build.ts';
import { parseConfigOutput, type ConfigOutput } from './config-output.ts';
import type { DriverCalls } from './driver-calls.ts';
import { responseFileIn, type Environment } from './driver-environment.ts';
import type { DriverCommand } from './driver-process.ts';
import type { JobLog, LogStream } from './job-log.ts';
import { encodeResponse } from './response-file.ts';
import { StopContext } from './stop-context.ts';

/** `[runners.custom]`: only `run` must be there. */
export interface Driver {
  readonly config?: DriverCommand;
  readonly prepare?: DriverCommand;
  readonly run: DriverCommand;
  readonly cleanup?: DriverCommand;
}

/** What an attempt needs of the job around it. */
export interface ExecutorParts {
  readonly build: Build;
  readonly driver: Driver;
  readonly calls: DriverCalls;
  readonly log: JobLog;
  /** The runner's own log: what cleanup prints, which no user sees. */
  readonly runnerLog: LogStream;
}

const SHELLS: ReadonlySet<string> = new Set(['bash', 'sh', 'pwsh', 'powershell']);

/** One attempt of the custom executor: a temporary folder, config, prepare, then any number of run calls, cleanup (runner: `custom.go`). */
export class Executor {
  readonly #parts: ExecutorParts;
  readonly #attempt: number;
  #tempDir = '';
  #jobEnv: Environment = {};
  #shell: string;

  constructor(parts: ExecutorParts, attempt: number) {
    this.#parts = parts;
    this.#attempt = attempt;
    this.#shell = parts.build.settings.shell;
  }

  get shell(): string {
    return this.#shell;
  }

  async prepare(context: StopContext): Promise<void> {
    const { build, calls, log } = this.#parts;
    this.#tempDir = await mkdtemp(`${calls.runnerTempDir}/custom-executor`);
    await writeFile(responseFileIn(this.#tempDir), encodeResponse(build.payload), { mode: 0o600 });
    const config = await this.#config(context);
    const { name, version } = config.driver ?? {};
    const words = name === undefined ? '' : ` with driver ${name}${version === undefined ? '' : ` ${version}`}`;
    log.println(`Using Custom executor${words}...`);
    build.hostname = config.hostname ?? build.hostname;
    this.#jobEnv = config.job_env ?? {};
    this.#shell = config.shell ?? this.#shell;
    build.start(
      config.builds_dir ?? build.settings.buildsDir,
      config.cache_dir ?? build.settings.cacheDir,
      config.builds_dir_is_shared ?? false,
    );
    if (!SHELLS.has(this.#shell)) throw new Error(`shell ${this.#shell} not found`);
    await this.#prepareExec(context);
  }

  /** Runs a stage's script. The script and its folder stay until cleanup. */
  async run(context: StopContext, stage: string, script: string): Promise<void> {
    const { driver, log } = this.#parts;
    const folder = await mkdtemp(`${this.#tempDir}/script`);
    const file = `${folder}/script`;
    await writeFile(file, script, { mode: 0o700 });
    if (stage === 'step_script') {
      log.warningln(
        "Starting with version 17.0 the 'build_script' stage will be replaced with 'step_script': " +
          'https://gitlab.com/groups/gitlab-org/-/epics/6112',
      );
    }
    const name = stage === 'step_script' ? 'build_script' : stage;
    const command = { command: driver.run.command, args: [...driver.run.args, file, name] };
    await this.#call(context, name, command, log.stream(), log.stream());
  }

  /** Never fails and is never cut short by a cancel: only its own time limits it. */
  async cleanup(): Promise<void> {
    const { build, driver, log, runnerLog } = this.#parts;
    if (driver.cleanup) {
      const context = new StopContext(undefined, { milliseconds: build.settings.cleanupExecTimeoutMs });
      try {
        await this.#call(context, 'cleanup', driver.cleanup, runnerLog, runnerLog);
      } catch (error) {
        log.warningln(`Cleanup script failed: ${(error as Error).message}`);
      } finally {
        context.cancel();
      }
    }
    await rm(this.#tempDir, { recursive: true, force: true });
  }

  async #config(context: StopContext): Promise<ConfigOutput> {
    const { build, driver, log } = this.#parts;
    if (!driver.config) return {};
    // Folders of an attempt before this one still show here, because only a later answer replaces them.
    build.refreshVariables();
    const stdout: Buffer[] = [];
    const limited = context.child({ milliseconds: build.settings.configExecTimeoutMs });
    try {
      const collect = { write: (chunk: Buffer) => void stdout.push(chunk), end: () => undefined };
      await this.#call(limited, 'config', driver.config, collect, log.stream());
    } finally {
      limited.cancel();
    }
    return parseConfigOutput(Buffer.concat(stdout));
  }

  async #prepareExec(context: StopContext): Promise<void> {
    const { build, driver, log } = this.#parts;
    if (!driver.prepare) return;
    const limited = context.child({ milliseconds: build.settings.prepareExecTimeoutMs });
    try {
      await this.#call(limited, 'prepare', driver.prepare, log.stream(), log.stream());
    } finally {
      limited.cancel();
    }
  }

  #call(
    context: StopContext,
    stage: string,
    command: DriverCommand,
    stdout: LogStream,
    stderr: LogStream,
  ): Promise<void> {
    const { calls } = this.#parts;
    const [attempt, tempDir, jobEnv] = [this.#attempt, this.#tempDir, this.#jobEnv];
    return calls.call(context, { stage, attempt, command, tempDir, jobEnv, stdout, stderr });
  }
}
