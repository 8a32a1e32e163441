import type { JobFields } from '../standin/job.ts';
import type { World, WorldOptions } from '../support/world.ts';
import type { Outcome, Running } from './both-runners.ts';

/** A job and how it ends, whichever runner runs it. */
export interface Case {
  readonly name: string;
  readonly world?: WorldOptions;
  readonly job: JobFields;
  /** Files of the repository that the job works on. */
  readonly sources?: Readonly<Record<string, string>>;
  /** What happens when the log shows a text. */
  readonly when?: { readonly text: string; readonly act: (job: Running, world: World) => void };
  readonly expected: Pick<Outcome, 'state' | 'failureReason' | 'exitCode'>;
  /** Every call of the driver, so that none comes twice. */
  readonly stages: readonly string[];
  readonly log?: readonly RegExp[];
  readonly notInLog?: readonly RegExp[];
  /** GitLab takes no more of the real runner's log. */
  readonly logEndsEarly?: boolean;
}

const BEFORE = ['config', 'prepare', 'prepare_script', 'get_sources'];
const AFTER = ['cleanup_file_variables', 'cleanup'];

const job = (script: readonly string[], more: JobFields = {}): JobFields => ({ image: 'alpine:3.20', script, ...more });
const afterScript = { afterScript: ['echo "after: $CI_JOB_STATUS"'] };
const LONG = job(['echo go-$((1+1))', 'sleep 60', 'echo never'], afterScript);

export const SUCCESS = { state: 'success', failureReason: undefined, exitCode: undefined };
export const SYSTEM_FAILURE = { state: 'failed', failureReason: 'runner_system_failure', exitCode: undefined };
export const scriptFailure = (exitCode: number) => ({ state: 'failed', failureReason: 'script_failure', exitCode });
const CANCELED = { state: 'canceled', failureReason: 'job_canceled', exitCode: undefined };

/** The signal reaches the script's shell and the wrapper around it, as a killer of the machine's would. */
const killed = (signal: string, exitCode: number): Case => ({
  name: `a script that is killed by ${signal}`,
  job: job([`kill -${signal} 0`, 'sleep 1', 'echo nev""er']),
  expected: scriptFailure(exitCode),
  stages: [...BEFORE, 'build_script', ...AFTER],
  notInLog: [/^never/m],
});

/** Only a command of the script is killed. */
const commandKilled = (signal: string, exitCode: number): Case => ({
  ...killed(signal, exitCode),
  name: `a command that is killed by ${signal}`,
  job: job([`sh -c 'kill -${signal} $$; sleep 1'`, 'echo nev""er']),
});

export const CASES: readonly Case[] = [
  {
    name: 'success',
    job: job(['echo "hello from $CI_JOB_ID"']),
    expected: SUCCESS,
    stages: [...BEFORE, 'build_script', ...AFTER],
    log: [/^hello from 4711$/m, /^Job succeeded$/m],
  },
  {
    name: 'exit 42',
    job: job(['exit 42']),
    expected: scriptFailure(42),
    stages: [...BEFORE, 'build_script', ...AFTER],
    log: [/^ERROR: Job failed: exit status 42$/m],
  },
  killed('KILL', 137),
  // The runner's wrapper has a trap for TERM, which exits 1.
  killed('TERM', 1),
  killed('SEGV', 139),
  commandKilled('KILL', 137),
  commandKilled('TERM', 143),
  commandKilled('SEGV', 139),
  {
    // GitLab puts before_script and script into one step.
    name: 'a failing before_script',
    job: job(['false', 'echo nev""er'], afterScript),
    expected: scriptFailure(1),
    stages: [...BEFORE, 'build_script', 'after_script', ...AFTER],
    log: [/^after: failed$/m],
    notInLog: [/^never/m],
  },
  {
    name: 'after_script after success',
    job: job(['true'], afterScript),
    expected: SUCCESS,
    stages: [...BEFORE, 'build_script', 'after_script', ...AFTER],
    log: [/^after: success$/m],
  },
  {
    name: 'after_script that fails after a failure',
    job: job(['exit 3'], { afterScript: ['echo "after: $CI_JOB_STATUS"', 'exit 7'] }),
    expected: scriptFailure(3),
    stages: [...BEFORE, 'build_script', 'after_script', ...AFTER],
    log: [/^after: failed$/m, /^WARNING: after_script failed, but job will continue unaffected/m],
  },
  {
    name: 'after_script that counts',
    job: job(['true'], { afterScript: ['exit 7'], variables: { AFTER_SCRIPT_IGNORE_ERRORS: 'false' } }),
    expected: scriptFailure(7),
    stages: [...BEFORE, 'build_script', 'after_script', ...AFTER],
  },
  {
    name: 'a repository that needs the token',
    job: job(['cat greeting']),
    sources: { greeting: 'hello from the repository\n' },
    expected: SUCCESS,
    stages: [...BEFORE, 'build_script', ...AFTER],
    log: [/^hello from the repository$/m],
  },
  {
    name: 'a repository that nobody serves',
    job: job(['echo nev""er'], {
      ...afterScript,
      repository: { url: 'http://127.0.0.1:9/acme/shop.git', sha: 'f'.repeat(40) },
    }),
    expected: scriptFailure(128),
    stages: [...BEFORE, ...AFTER],
    notInLog: [/^never/m, /^after:/m],
  },
  {
    name: 'cancel during the script',
    job: LONG,
    when: { text: 'go-2', act: (running) => running.cancel() },
    expected: CANCELED,
    stages: [...BEFORE, 'build_script', 'after_script', ...AFTER],
    log: [/^after: canceled$/m],
    notInLog: [/^never/m],
  },
  {
    name: 'force-cancel during the script',
    job: LONG,
    when: { text: 'go-2', act: (running) => running.forceCancel() },
    expected: CANCELED,
    stages: [...BEFORE, 'build_script', 'cleanup'],
    log: [/^go-2$/m],
    notInLog: [/^never/m, /^after:/m],
    logEndsEarly: true,
  },
  {
    name: 'cancel while prepare waits',
    world: { scenario: '[[image]]\nname = "*"\npull_seconds = 60' },
    job: LONG,
    when: { text: 'pulling images', act: (running) => running.cancel() },
    expected: CANCELED,
    stages: ['config', 'prepare', 'cleanup'],
    notInLog: [/^go-2/m, /^after:/m],
  },
  {
    name: 'the runner is told to end (SIGTERM)',
    job: LONG,
    when: { text: 'go-2', act: (running) => running.signalRunner('SIGTERM') },
    expected: { state: 'failed', failureReason: 'runner_interrupted', exitCode: undefined },
    stages: [...BEFORE, 'build_script', 'cleanup'],
    log: [/^ERROR: Job failed: aborted: terminated$/m],
    notInLog: [/^never/m, /^after:/m],
  },
  {
    name: 'the runner is told to end after its jobs (SIGQUIT)',
    job: job(['echo go-$((1+1))', 'sleep 2', 'echo the e""nd'], afterScript),
    when: { text: 'go-2', act: (running) => running.signalRunner('SIGQUIT') },
    expected: SUCCESS,
    stages: [...BEFORE, 'build_script', 'after_script', ...AFTER],
    log: [/^the end$/m, /^after: success$/m],
  },
  {
    name: 'RUNNER_SCRIPT_TIMEOUT',
    job: { ...LONG, variables: { RUNNER_SCRIPT_TIMEOUT: '2s' } },
    expected: { state: 'failed', failureReason: 'job_execution_timeout', exitCode: undefined },
    stages: [...BEFORE, 'build_script', 'after_script', ...AFTER],
    log: [/^after: timedout$/m],
    notInLog: [/^never/m],
  },
  {
    name: 'job timeout',
    job: { ...LONG, timeoutSeconds: 10 },
    expected: { state: 'failed', failureReason: 'job_execution_timeout', exitCode: undefined },
    stages: [...BEFORE, 'build_script', 'cleanup'],
    log: [/^ERROR: Job failed: execution took longer than 10s seconds$/m],
    notInLog: [/^never/m, /^after:/m],
  },
  {
    name: 'prepare fails three times',
    world: { scenario: '[[stock]]\nanswers = ["no-stock"]', settings: 'poll_timeout = 0' },
    job: job(['true'], afterScript),
    expected: SYSTEM_FAILURE,
    stages: Array.from({ length: 3 }, () => ['config', 'prepare', 'cleanup']).flat(),
    log: [/out of stock \(OperationDenied\.NoStock\)/, /^ERROR: Job failed \(system failure\): /m],
  },
  {
    name: 'the group is reclaimed',
    job: LONG,
    when: {
      text: 'go-2',
      act: (_running, { emulator }) => void emulator.reclaim(emulator.report().groups.left[0]?.id ?? '', 0),
    },
    expected: SYSTEM_FAILURE,
    stages: [...BEFORE, 'build_script', 'after_script', ...AFTER],
    log: [/The spot instance eci-\S+ was reclaimed by Alibaba Cloud/],
    notInLog: [/^never/m, /^after:/m],
  },
];
