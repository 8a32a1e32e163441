import { Build } from './build.ts';
import { DriverCalls, type DriverCall } from './driver-calls.ts';
import { formatDuration } from './duration.ts';
import { executeScript } from './execute-script.ts';
import type { Executor, ExecutorParts } from './executor.ts';
import { BuildError, buildErrorIn, reportedReason, StageLimitExceeded, type FailureReason } from './failure.ts';
import { jobEnd } from './job-end.ts';
import { JobLog } from './job-log.ts';
import { changedFlags } from './job-variables.ts';
import { Masks } from './masking.ts';
import { prepareAttempts } from './prepare-attempts.ts';
import type { JobOptions } from './run-job.ts';
import { stageScript } from './scripts.ts';
import { DEFAULT_SETTINGS } from './settings.ts';
import { StopContext } from './stop-context.ts';
import { settlesWithin } from './within.ts';

/** What GitLab knows of a job at its end, and what only the runner knows. */
export interface JobResult {
  /** `running`: the runner has exited without a word, so GitLab waits for its sweeper. */
  readonly state: 'success' | 'failed' | 'canceled' | 'running';
  /** As the runner reports it. */
  readonly failureReason: FailureReason | undefined;
  /** Sent with a build failure, for `allow_failure:exit_codes`. */
  readonly exitCode: number | undefined;
  readonly log: Buffer;
  /** What all cleanup calls printed, which goes to the runner's own log. */
  readonly cleanupOutput: string;
  readonly calls: readonly DriverCall[];
}

/** Go's words for the two signals that end a runner. */
const INTERRUPT_WORDS = { SIGTERM: 'terminated', SIGINT: 'interrupt' } as const;

/** One job in one runner, from its first line to its final state (runner: `Build.Run`). */
export class JobRun {
  readonly #build: Build;
  readonly #log: JobLog;
  readonly #parts: ExecutorParts;
  readonly #options: JobOptions;
  readonly #context: StopContext;
  readonly #cleanupOutput: Buffer[] = [];
  #cancel: () => void;
  #canceled = false;
  #interrupt: (word: string) => void = () => undefined;
  readonly #interrupted: Promise<string>;
  #exit: () => void = () => undefined;
  readonly #exited: Promise<void>;
  #shutdown: NodeJS.Timeout | undefined;

  constructor(options: JobOptions) {
    this.#options = options;
    this.#build = new Build(options.job, { ...DEFAULT_SETTINGS, ...options.settings });
    const { features } = options.job;
    const masked = [...this.#build.variables()].filter((each) => each.masked).map((each) => each.value);
    this.#log = new JobLog({
      masks: new Masks(masked, features.token_mask_prefixes ?? []),
      limitBytes: this.#build.settings.outputLimitBytes,
      sections: features.trace_sections,
      onLog: options.onLog,
    });
    this.#parts = {
      build: this.#build,
      driver: options.driver,
      calls: new DriverCalls(this.#build, options.environment, options),
      log: this.#log,
      runnerLog: { write: (chunk) => void this.#cleanupOutput.push(chunk), end: () => undefined },
    };
    this.#context = new StopContext(undefined, { milliseconds: this.#build.timeoutMs });
    this.#cancel = () => this.#context.cancel();
    this.#interrupted = new Promise((resolve) => (this.#interrupt = resolve));
    this.#exited = new Promise((resolve) => (this.#exit = resolve));
  }

  get calls(): readonly DriverCall[] {
    return this.#parts.calls.list;
  }

  cancel(): void {
    this.#canceled = true;
    this.#cancel();
  }

  forceCancel(): void {
    this.#canceled = true;
    this.#context.cancel();
  }

  signalRunner(signal: 'SIGTERM' | 'SIGINT' | 'SIGQUIT'): void {
    // A graceful stop: no new jobs, and this one goes on.
    if (signal === 'SIGQUIT') return;
    if (this.#shutdown) {
      this.#exit();
      return;
    }
    this.#shutdown = setTimeout(() => this.#exit(), this.#build.settings.shutdownTimeoutMs);
    this.#interrupt(INTERRUPT_WORDS[signal]);
  }

  async run(): Promise<JobResult> {
    const runnerExit = this.#exited.then(() => {
      this.#parts.calls.runnerExits();
      return this.#result('running');
    });
    try {
      return await Promise.race([this.#runToTheEnd(), runnerExit]);
    } finally {
      clearTimeout(this.#shutdown);
      this.#context.cancel();
    }
  }

  async #runToTheEnd(): Promise<JobResult> {
    const { name, shortToken, systemId, version, revision } = this.#build.settings;
    this.#log.println(`Running with gitlab-runner ${version} (${revision})`);
    this.#log.println(`  on ${name} ${shortToken}, system ID: ${systemId}`);
    const flags = changedFlags(this.#build.variables());
    if (flags !== '') this.#log.println(`  feature flags: ${flags}`);
    try {
      await this.#prepareAndRun();
    } catch (error) {
      return this.#failed(error);
    }
    this.#log.infoln('Job succeeded');
    return this.#result('success');
  }

  async #prepareAndRun(): Promise<void> {
    const { timeoutMs, settings } = this.#build;
    const milliseconds = Math.min(settings.prepareTimeoutMs ?? timeoutMs, timeoutMs);
    const cause = new StageLimitExceeded('prepare', formatDuration(milliseconds));
    const prepareContext = this.#context.child({ milliseconds, cause });
    try {
      const executor = await this.#prepare(prepareContext);
      try {
        await this.#runScripts(prepareContext, executor);
      } finally {
        await executor.cleanup();
      }
    } finally {
      prepareContext.cancel();
    }
  }

  async #prepare(context: StopContext): Promise<Executor> {
    try {
      return await this.#log.section('prepare_executor', () => {
        this.#log.title('Preparing the "custom" executor');
        return prepareAttempts(context, this.#parts);
      });
    } catch (error) {
      throw context.cause instanceof StageLimitExceeded ? context.cause : error;
    }
  }

  /** The run phase against everything that can end it from outside (runner: `Build.run`). */
  async #runScripts(prepareContext: StopContext, executor: Executor): Promise<void> {
    const { timeoutMs, settings } = this.#build;
    const runContext = this.#context.child();
    const script = (stage: string): string => stageScript(this.#build, executor.shell, stage, this.#options.bodies);
    const parts = { build: this.#build, executor, log: this.#log, script };
    const setCancel = (cancel: () => void): void => void (this.#cancel = cancel);
    const scripts = executeScript(runContext, prepareContext, parts, setCancel).then(
      () => undefined,
      (error: unknown) => error,
    );
    const interrupted = this.#interrupted.then((word) => new BuildError(`aborted: ${word}`, 'runner_interrupted'));
    const ended = await Promise.race([
      scripts.then((error) => ({ error })),
      this.#context.stopped.then(() => ({ error: undefined, stopped: true })),
      interrupted.then((error) => ({ error, stopped: true })),
    ]);
    const error = this.#context.error ? jobEnd(this.#context.cause, timeoutMs).error : ended.error;
    runContext.cancel();
    if ('stopped' in ended && !(await settlesWithin(scripts, settings.buildFinishTimeoutMs))) {
      this.#log.warningln('Timed out waiting for the build to finish');
    }
    if (error !== undefined) throw error as Error;
  }

  #failed(error: unknown): JobResult {
    const { message } = error as Error;
    const buildError = buildErrorIn(error);
    if (!buildError) {
      this.#log.errorln(`Job failed (system failure): ${message}`);
      return this.#result('failed', 'runner_system_failure');
    }
    this.#log.errorln(`Job failed: ${message}`);
    const { failureReason, exitCode } = buildError;
    const reason = reportedReason(failureReason, this.#build.payload.features.failure_reasons);
    return this.#result('failed', reason, exitCode || undefined);
  }

  #result(state: JobResult['state'], failureReason?: FailureReason, exitCode?: number): JobResult {
    return {
      // GitLab keeps a job that somebody has cancelled as canceled, whatever the runner says at its end.
      state: this.#canceled && state !== 'running' ? 'canceled' : state,
      failureReason,
      exitCode,
      log: this.#log.close(),
      cleanupOutput: Buffer.concat(this.#cleanupOutput).toString('utf8'),
      calls: this.calls,
    };
  }
}
