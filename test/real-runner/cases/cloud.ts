import {
  afterScript,
  type Case,
  job,
  LONG,
  PREPARE,
  SCRIPT_AND_AFTER_SCRIPT,
  SYSTEM_FAILURE,
  threeTimes,
} from './case.ts';

/** What the cloud does to a job. */
export const CLOUD: readonly Case[] = [
  {
    name: 'prepare fails three times',
    world: { scenario: '[[stock]]\nanswers = ["no-stock"]', settings: 'poll_timeout = 0' },
    job: job(['true'], afterScript),
    expected: SYSTEM_FAILURE,
    stages: threeTimes([...PREPARE, 'cleanup']),
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
    // It has no exit code, so nothing can be allowed.
    allowFailure: { exitCodes: [0, 1, 2, 137], allowed: false },
    stages: SCRIPT_AND_AFTER_SCRIPT,
    log: [/The spot instance eci-\S+ was reclaimed by Alibaba Cloud/],
    notInLog: [/^never/m, /^after:/m],
  },
];
