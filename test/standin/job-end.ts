import { BuildError, JobCanceled, ScriptTimeout } from './failure.ts';
import { formatDuration } from './duration.ts';
import { Canceled, DeadlineExceeded } from './stop-context.ts';

/** What CI_JOB_STATUS says from after_script on. */
export type JobStatus = 'success' | 'failed' | 'canceled' | 'timedout';

/** The status and the error that GitLab is told, for what a job was ended by (runner: `Build.runtimeStateAndError`). */
export function jobEnd(error: unknown, timeoutMs: number): { status: JobStatus; error: unknown } {
  if (error === undefined) return { status: 'success', error };
  if (error instanceof Canceled || error instanceof JobCanceled) {
    return { status: 'canceled', error: new JobCanceled() };
  }
  if (error instanceof DeadlineExceeded || error instanceof ScriptTimeout) {
    const text = `execution took longer than ${formatDuration(timeoutMs)} seconds`;
    return { status: 'timedout', error: new BuildError(text, 'job_execution_timeout') };
  }
  return { status: 'failed', error };
}
