import {
  BEFORE,
  type Case,
  job,
  LONG,
  PREPARE,
  SCRIPT,
  SCRIPT_AND_AFTER_SCRIPT,
  slowImages,
  SUCCESS,
  SYSTEM_FAILURE,
  threeTimes,
  TIMEOUT,
} from './case.ts';
import { HUNG_SETTINGS } from './hung-settings.ts';

const LONG_AFTER_SCRIPT = ['echo "after: $CI_JOB_STATUS"', 'sleep 60', 'echo never'];
const briefAfterScript = { RUNNER_AFTER_SCRIPT_TIMEOUT: '2s' };

/** Times that are over. */
export const TIMEOUTS: readonly Case[] = [
  {
    ...HUNG_SETTINGS,
    name: 'config_exec_timeout',
    times: { config_exec_timeout: 1, graceful_kill_timeout: 1 },
    job: job(['true']),
    expected: SYSTEM_FAILURE,
    stages: threeTimes(['config', 'cleanup']),
  },
  {
    name: 'prepare_exec_timeout',
    world: slowImages(60),
    times: { prepare_exec_timeout: 5 },
    job: LONG,
    expected: SYSTEM_FAILURE,
    stages: threeTimes([...PREPARE, 'cleanup']),
  },
  {
    name: 'job timeout while prepare waits',
    world: slowImages(60),
    job: { ...LONG, timeoutSeconds: 6 },
    expected: TIMEOUT,
    stages: [...PREPARE, 'cleanup'],
    log: [/^ERROR: Job failed: execution took longer than 6s seconds$/m],
  },
  {
    name: 'RUNNER_SCRIPT_TIMEOUT',
    job: { ...LONG, variables: { RUNNER_SCRIPT_TIMEOUT: '2s' } },
    expected: TIMEOUT,
    stages: SCRIPT_AND_AFTER_SCRIPT,
    log: [/^after: timedout$/m],
    notInLog: [/^never/m],
  },
  {
    name: 'job timeout',
    job: { ...LONG, timeoutSeconds: 12 },
    expected: TIMEOUT,
    stages: [...BEFORE, 'build_script', 'cleanup'],
    log: [/^ERROR: Job failed: execution took longer than 12s seconds$/m],
    notInLog: [/^never/m, /^after:/m],
  },
  {
    name: 'RUNNER_AFTER_SCRIPT_TIMEOUT',
    job: job(['true'], { afterScript: LONG_AFTER_SCRIPT, variables: briefAfterScript }),
    expected: SUCCESS,
    stages: SCRIPT_AND_AFTER_SCRIPT,
    log: [/^after: success$/m, /^WARNING: after_script failed, but job will continue unaffected/m],
    notInLog: [/^never/m],
  },
  {
    name: 'RUNNER_AFTER_SCRIPT_TIMEOUT of an after_script that counts',
    job: job(['true'], {
      afterScript: LONG_AFTER_SCRIPT,
      variables: { ...briefAfterScript, AFTER_SCRIPT_IGNORE_ERRORS: 'false' },
    }),
    expected: SYSTEM_FAILURE,
    stages: SCRIPT_AND_AFTER_SCRIPT,
    log: [/^after: success$/m],
    notInLog: [/^never/m],
  },
  {
    // cleanup takes no notice of the runner's TERM: it deletes, and ends with success.
    name: 'cleanup_exec_timeout',
    times: { cleanup_exec_timeout: 1 },
    job: job(['true']),
    before: ({ emulator }) => emulator.fault({ action: 'DeleteContainerGroup', fault: 'delay', seconds: 3 }),
    expected: SUCCESS,
    stages: SCRIPT,
  },
];
