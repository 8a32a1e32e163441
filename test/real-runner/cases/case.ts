import type { JobFields } from '../../standin/job.ts';
import type { World, WorldOptions } from '../../support/world.ts';
import type { Outcome, Running } from '../both-runners.ts';
import type { RunnerTimes } from '../runner-config.ts';

/** A job and how it ends, whichever runner runs it. */
export interface Case {
  readonly name: string;
  readonly world?: WorldOptions;
  readonly times?: RunnerTimes;
  readonly job: JobFields;
  /** Files of the repository that the job works on; `silent`: its server takes connections and never answers. */
  readonly sources?: Readonly<Record<string, string>> | 'silent';
  /** Before the job. */
  readonly before?: (world: World) => void;
  /** What happens when the log shows a text. */
  readonly when?: { readonly text: string; readonly act: (job: Running, world: World) => void };
  /** The runner ends before the job does, and so the driver is left alone. */
  readonly runnerEnds?: boolean;
  readonly expected: Pick<Outcome, 'state' | 'failureReason' | 'exitCode'>;
  /** `allow_failure:exit_codes` of the job, and whether GitLab then takes it for allowed to fail. */
  readonly allowFailure?: { readonly exitCodes: number | readonly number[]; readonly allowed: boolean };
  /** Every call of the driver, so that none comes twice. */
  readonly stages: readonly string[];
  readonly log?: readonly RegExp[];
  readonly notInLog?: readonly RegExp[];
  /** GitLab takes, or gets, no more of the log from some moment on. */
  readonly logEndsEarly?: boolean;
}

export const PREPARE = ['config', 'prepare'];
export const BEFORE = [...PREPARE, 'prepare_script', 'get_sources'];
export const AFTER = ['cleanup_file_variables', 'cleanup'];
/** The stages of a job that reaches the end of its script. */
export const SCRIPT = [...BEFORE, 'build_script', ...AFTER];
export const SCRIPT_AND_AFTER_SCRIPT = [...BEFORE, 'build_script', 'after_script', ...AFTER];

export const threeTimes = (stages: readonly string[]): string[] => Array.from({ length: 3 }, () => stages).flat();

export const job = (script: readonly string[], more: JobFields = {}): JobFields => ({
  image: 'alpine:3.20',
  script,
  ...more,
});
export const afterScript = { afterScript: ['echo "after: $CI_JOB_STATUS"'] };
export const LONG = job(['echo go-$((1+1))', 'sleep 60', 'echo never'], afterScript);
/** prepare says "pulling images" and waits for them. */
export const slowImages = (seconds: number): WorldOptions => ({
  scenario: `[[image]]\nname = "*"\npull_seconds = ${seconds}`,
});

type Expected = Case['expected'];
const failed = (failureReason: string, exitCode?: number): Expected => ({ state: 'failed', failureReason, exitCode });

export const SUCCESS: Expected = { state: 'success', failureReason: undefined, exitCode: undefined };
export const SYSTEM_FAILURE = failed('runner_system_failure');
export const TIMEOUT = failed('job_execution_timeout');
export const INTERRUPTED = failed('runner_interrupted');
export const scriptFailure = (exitCode: number): Expected => failed('script_failure', exitCode);
export const CANCELED: Expected = { state: 'canceled', failureReason: 'job_canceled', exitCode: undefined };
/** The runner lets the job finish and reports success; GitLab knows better. */
export const CANCELED_TOO_LATE: Expected = { ...CANCELED, failureReason: undefined };
/** GitLab waits for its sweeper. */
export const NO_WORD: Expected = { state: 'running', failureReason: undefined, exitCode: undefined };
