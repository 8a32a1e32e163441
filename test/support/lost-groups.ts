import type { Emulator } from '../../src/emulator/emulator.ts';
import { clientOf } from '../emulator/cloud-under-test.ts';
import type { JobFields } from '../standin/job.ts';

/** Its script ends with 1 on TERM, as the runner's own wrapper around it does: nobody may take that for a failed test. The log shows `go-2`. */
export const TRAPPING: JobFields = {
  image: 'alpine:3.20',
  script: ["trap 'exit 1' TERM", 'echo go-$((1+1))', 'for i in $(seq 600); do sleep 0.1; done', 'echo never'],
  afterScript: ['echo "after: $CI_JOB_STATUS"'],
  timeoutSeconds: 300,
};

/** Seconds of the cloud's time after which a group for such a job has reached its own deadline. */
const BEYOND_DEADLINE = 1000;

const only = (emulator: Emulator): string => emulator.report().groups.left[0]?.id ?? '';

/** How a job can lose its group in the middle of its script: the name, what does it to the only group there is, and what the log says then. */
export const LOSSES: readonly (readonly [string, (emulator: Emulator) => unknown, RegExp])[] = [
  [
    'reclaimed',
    (emulator) => emulator.reclaim(only(emulator), 0),
    /The spot instance eci-\S+ was reclaimed by Alibaba Cloud/,
  ],
  ['gone', (emulator) => emulator.removeGroup(only(emulator)), /The container group eci-\S+ no longer exists/],
  [
    'deleted by hand',
    (emulator) => clientOf(emulator).call('DeleteContainerGroup', { ContainerGroupId: only(emulator) }),
    /The container group eci-\S+ (no longer exists|is being deleted, but not by this job)/,
  ],
  [
    'ended at its deadline',
    (emulator) => emulator.advance(BEYOND_DEADLINE),
    /The container group eci-\S+ reached its deadline/,
  ],
  [
    'its host failed',
    (emulator) => emulator.platformEnds(only(emulator), 'host-failure'),
    /The host under the container group eci-\S+ failed, and the job with it \(The host of the instance has failed\.\)/,
  ],
  [
    'ended because the account owes money',
    (emulator) => emulator.platformEnds(only(emulator), 'arrears'),
    /Alibaba Cloud has ended the container group eci-\S+, because the account owes money/,
  ],
  [
    'its helper container ended',
    (emulator) => emulator.endContainer(only(emulator), 'helper', 1),
    /The container helper of eci-\S+ ended while the job ran \(Error, exit code 1\)/,
  ],
  [
    'its build container ended',
    (emulator) => emulator.endContainer(only(emulator), 'build', 3),
    /The container build of eci-\S+ ended while the job ran \(Error, exit code 3\)/,
  ],
];
