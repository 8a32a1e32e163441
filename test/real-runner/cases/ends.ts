import {
  AFTER,
  afterScript,
  BEFORE,
  type Case,
  job,
  SCRIPT,
  SCRIPT_AND_AFTER_SCRIPT,
  scriptFailure,
  SUCCESS,
} from './case.ts';

/** The signal reaches the script's shell and the wrapper around it, as a killer of the machine's would. */
const killed = (signal: string, exitCode: number): Case => ({
  name: `a script that is killed by ${signal}`,
  job: job([`kill -${signal} 0`, 'sleep 1', 'echo nev""er']),
  expected: scriptFailure(exitCode),
  stages: SCRIPT,
  notInLog: [/^never/m],
});

/** Only a command of the script is killed. */
const commandKilled = (signal: string, exitCode: number): Case => ({
  ...killed(signal, exitCode),
  name: `a command that is killed by ${signal}`,
  job: job([`sh -c 'kill -${signal} $$; sleep 1'`, 'echo nev""er']),
});

const allowing = (exitCodes: number | readonly number[], allowed: boolean): Case => ({
  name: `exit 42 with allow_failure:exit_codes: ${JSON.stringify(exitCodes)}`,
  job: job(['exit 42']),
  expected: scriptFailure(42),
  allowFailure: { exitCodes, allowed },
  stages: SCRIPT,
});

/** Jobs that end by themselves. */
export const ENDS: readonly Case[] = [
  {
    name: 'success',
    job: job(['echo "hello from $CI_JOB_ID"']),
    expected: SUCCESS,
    stages: SCRIPT,
    log: [/^hello from 4711$/m, /^Job succeeded$/m],
  },
  {
    name: 'exit 42',
    job: job(['exit 42']),
    expected: scriptFailure(42),
    stages: SCRIPT,
    log: [/^ERROR: Job failed: exit status 42$/m],
  },
  allowing(42, true),
  allowing([7, 42], true),
  allowing([7, 137], false),
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
    stages: SCRIPT_AND_AFTER_SCRIPT,
    log: [/^after: failed$/m],
    notInLog: [/^never/m],
  },
  {
    name: 'after_script after success',
    job: job(['true'], afterScript),
    expected: SUCCESS,
    stages: SCRIPT_AND_AFTER_SCRIPT,
    log: [/^after: success$/m],
  },
  {
    name: 'after_script that fails after a failure',
    job: job(['exit 3'], { afterScript: ['echo "after: $CI_JOB_STATUS"', 'exit 7'] }),
    expected: scriptFailure(3),
    stages: SCRIPT_AND_AFTER_SCRIPT,
    log: [/^after: failed$/m, /^WARNING: after_script failed, but job will continue unaffected/m],
  },
  {
    name: 'after_script that counts',
    job: job(['true'], { afterScript: ['exit 7'], variables: { AFTER_SCRIPT_IGNORE_ERRORS: 'false' } }),
    expected: scriptFailure(7),
    stages: SCRIPT_AND_AFTER_SCRIPT,
  },
  {
    name: 'a repository that needs the token',
    job: job(['cat greeting']),
    sources: { greeting: 'hello from the repository\n' },
    expected: SUCCESS,
    stages: SCRIPT,
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
];
