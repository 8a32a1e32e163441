/** Why a job failed, in the words of GitLab's API. */
export type FailureReason =
  | 'script_failure'
  | 'runner_system_failure'
  | 'runner_configuration_error'
  | 'job_execution_timeout'
  | 'job_canceled'
  | 'runner_interrupted'
  | 'unknown_failure';

/** A failure that has a reason of its own and is not repeated in prepare. Everything else is a system failure (runner: `BuildError`). */
export class BuildError extends Error {
  constructor(
    message: string,
    readonly failureReason: FailureReason,
    /** 0 is left out when the job's end is reported. */
    readonly exitCode = 0,
  ) {
    super(message);
  }
}

/** The job was cancelled, in GitLab or because the runner was told to drop it. */
export class JobCanceled extends BuildError {
  constructor() {
    super('canceled', 'job_canceled');
  }
}

/** RUNNER_SCRIPT_TIMEOUT was reached. */
export class ScriptTimeout extends BuildError {
  constructor() {
    super('script timeout: context deadline exceeded', 'job_execution_timeout');
  }
}

/** `prepare_timeout` or `get_sources_timeout` of the runner's configuration was reached. */
export class StageLimitExceeded extends BuildError {
  constructor(
    readonly limit: 'prepare' | 'get sources',
    duration: string,
  ) {
    super(`${limit} timeout: exceeded timeout of ${duration}`, 'job_execution_timeout');
  }
}

/** The error itself or the one that it wraps. */
export function buildErrorIn(error: unknown): BuildError | undefined {
  if (error instanceof BuildError) return error;
  return error instanceof Error && error.cause !== undefined ? buildErrorIn(error.cause) : undefined;
}

/** Sent whatever GitLab lists (runner: `common/failure_reason_mapper.go`). */
const ALWAYS_SUPPORTED: readonly FailureReason[] = ['script_failure', 'runner_system_failure', 'job_execution_timeout'];

/** What is sent for a reason that this GitLab does not know. */
const PREDECESSOR: Partial<Record<FailureReason, FailureReason>> = { runner_configuration_error: 'script_failure' };

/** @param supported `features.failure_reasons` of the job. */
export function reportedReason(reason: FailureReason, supported: readonly string[]): FailureReason {
  if (ALWAYS_SUPPORTED.includes(reason) || supported.includes(reason)) return reason;
  return PREDECESSOR[reason] ?? 'unknown_failure';
}
