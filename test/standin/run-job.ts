/**
 * A stand-in for GitLab Runner 19.4 as a custom executor's driver sees it: the same calls in the same order, with real processes, real
 * signals and real files. `run-job.ts` is the way in, `job-run.ts` the life of a job, `executor.ts` one attempt of it, `stages.ts` and
 * `user-scripts.ts` the run phase, `driver-process.ts` one call.
 */
import type { Environment } from './driver-environment.ts';
import type { Driver } from './executor.ts';
import { JobRun, type JobResult } from './job-run.ts';
import type { JobPayload } from './payload.ts';
import type { RunnerSettings } from './settings.ts';
import type { CallWatch, DriverCall } from './driver-calls.ts';

export interface JobOptions extends CallWatch {
  readonly driver: Driver;
  readonly job: JobPayload;
  /** The environment of the runner's own process. Its TMPDIR is where attempts get their folders, its PATH where drivers are found. */
  readonly environment: Environment;
  readonly settings?: Partial<RunnerSettings>;
  /** Bodies in place of the generated ones, without exports, by stage name as in the log (`step_script`); empty skips the stage. */
  readonly bodies?: Readonly<Record<string, string>>;
  /** The log as it grows. */
  readonly onLog?: (chunk: Buffer) => void;
}

export interface RunningJob {
  /** Settles after cleanup, when the runner would report the job's end. Never rejects for what a driver does. */
  readonly done: Promise<JobResult>;
  /** The calls so far. */
  readonly calls: readonly DriverCall[];
  /** Somebody cancels the job in GitLab (`Job-Status: canceling`): stops the user's script, or everything when that is not reached yet. */
  cancel(): void;
  /** GitLab drops the job (`Job-Status: canceled`): nothing but cleanup follows. */
  forceCancel(): void;
  /** SIGQUIT: nothing. SIGTERM, SIGINT: stops the run phase, spares prepare; the second one, or the shutdown time, ends the runner. */
  signalRunner(signal: 'SIGTERM' | 'SIGINT' | 'SIGQUIT'): void;
}

export function startJob(options: JobOptions): RunningJob {
  const run = new JobRun(options);
  return {
    done: run.run(),
    calls: run.calls,
    cancel: () => run.cancel(),
    forceCancel: () => run.forceCancel(),
    signalRunner: (signal) => run.signalRunner(signal),
  };
}

/** A driver that is one program: `program` with the stage's name and `args` behind it, as in `node bundle prepare --config FILE`. */
export function driverOf(program: readonly [string, ...string[]], args: readonly string[] = []): Required<Driver> {
  const [command, ...before] = program;
  const stage = (name: string) => ({ command, args: [...before, name, ...args] });
  return { config: stage('config'), prepare: stage('prepare'), run: stage('run'), cleanup: stage('cleanup') };
}
