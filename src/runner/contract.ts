import type { Environment } from '../context.ts';

/**
 * What GitLab Runner passes to each call of a custom executor beside the arguments (runner: `executors/custom/custom.go`), and the three
 * names that our own `config` adds through `job_env`. Job variables come as `CUSTOM_ENV_*` and cannot overwrite any of these.
 */
export interface RunnerContract {
  readonly buildFailureExitCode: number;
  readonly systemFailureExitCode: number;
  /** Where the script's own exit code goes. Runners before 17.9 do not have it: every failed script is then exit code 1. */
  readonly exitCodeFile: string | undefined;
  readonly responseFile: string | undefined;
  /** One per prepare attempt, random, made by `config`. Missing in a cleanup that follows a failed config. */
  readonly attempt: string | undefined;
  /** Where this attempt's job record is kept. */
  readonly recordFile: string | undefined;
  /** The process that called `config`: GitLab Runner, unless the operator's wrapper stands in between. */
  readonly configCaller: number | undefined;
  /** The runner's version, which the runner puts behind the job's variables, so that a job cannot choose it. */
  readonly runnerVersion: string | undefined;
}

export const ATTEMPT_VARIABLE = 'GITLAB_ECI_EXECUTOR_ATTEMPT';
export const RECORD_VARIABLE = 'GITLAB_ECI_EXECUTOR_RECORD';
export const CALLER_VARIABLE = 'GITLAB_ECI_EXECUTOR_CALLER';

export function readContract(env: Environment): RunnerContract {
  return {
    buildFailureExitCode: exitCode(env.BUILD_FAILURE_EXIT_CODE, 1),
    systemFailureExitCode: exitCode(env.SYSTEM_FAILURE_EXIT_CODE, 2),
    exitCodeFile: env.BUILD_EXIT_CODE_FILE || undefined,
    responseFile: env.JOB_RESPONSE_FILE || undefined,
    attempt: env[ATTEMPT_VARIABLE] || undefined,
    recordFile: env[RECORD_VARIABLE] || undefined,
    configCaller: Number(env[CALLER_VARIABLE]) || undefined,
    runnerVersion: env.CUSTOM_ENV_CI_RUNNER_VERSION || undefined,
  };
}

/** Outside the runner (a person calls a command by hand) the runner's present defaults hold. */
function exitCode(text: string | undefined, otherwise: number): number {
  return text !== undefined && /^\d{1,3}$/.test(text) ? Number(text) : otherwise;
}
