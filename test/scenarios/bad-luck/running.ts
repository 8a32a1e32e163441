import type { WorldOptions } from '../../support/world.ts';
import { type BadLuck, IMAGE, MENDED } from './row.ts';

const OVER: Pick<BadLuck, 'attempts' | 'creates' | 'groups' | 'job'> = {
  attempts: [0],
  creates: 1,
  groups: 1,
  job: { image: IMAGE, script: ['echo compiling | tr a-z A-Z', 'sleep 60'] },
};
const ONE_GROUP = { creates: 1, groups: 1 };
const KILLED = { ...OVER, ending: 'job fails, exit code 137', retriedBy: 'nobody: the author must act' } as const;
const FULL = { ...KILLED, ending: 'job fails, exit code 1' } as const;
const LOST = {
  ...OVER,
  ending: 'system failure, exit code 2',
  retriedBy: '`retry: when: runner_system_failure`',
} as const;

/** Only container machines have disks of a size. */
const SMALL_DISK: WorldOptions = { machines: 'containers', disk: 64 };
const FILL = 'dd if=/dev/zero of=big bs=1M count=128';

/** What the script prints, and not the runner when it shows the command. */
const BUSY = 'COMPILING';

export const RUNNING: readonly BadLuck[] = [
  {
    what: 'the kernel kills the script: out of memory',
    reads: 'ERROR: Job failed: exit status 137',
    ...KILLED,
    when: { log: BUSY, then: (emulator, group) => void emulator.oom(group, 'build', 'script') },
  },
  {
    what: 'the whole build container runs out of memory',
    reads: 'out of memory',
    ...KILLED,
    when: { log: BUSY, then: (emulator, group) => void emulator.oom(group, 'build', 'container') },
  },
  {
    what: "the script fills the group's disk",
    reads: 'No space left on device',
    ...FULL,
    world: SMALL_DISK,
    job: { image: IMAGE, script: [FILL] },
  },
  {
    what: 'the script fills a builds_dir that is a volume of a size',
    reads: 'No space left on device',
    ...FULL,
    world: {
      machines: 'containers',
      tables: '[[volumes.empty_dir]]\nname = "sized"\nmount_path = "/builds"\nmedium = "Memory"\nsize_limit = "64Mi"',
    },
    job: { image: IMAGE, script: [FILL] },
  },
  {
    what: "the script fills the group's disk and writes a log that has no room there",
    reads: 'The disk of the container group is full, so the script was ended or not even started (…',
    ...LOST,
    world: SMALL_DISK,
    job: { image: IMAGE, script: [`${FILL} || seq 400000; exit 1`] },
  },
  {
    what: 'the helper container ends while the script runs',
    reads: 'The container helper of eci-… ended while the job ran (Error, exit code 1).',
    ...LOST,
    when: { log: BUSY, then: (emulator, group) => void emulator.endContainer(group, 'helper', 1) },
  },
  {
    what: 'the spot instance is reclaimed',
    reads: 'The spot instance eci-… was reclaimed by Alibaba Cloud.',
    ...LOST,
    when: { log: BUSY, then: (emulator, group) => void emulator.reclaim(group, 0) },
  },
  {
    what: 'somebody deletes the group',
    reads: 'The container group eci-… no longer exists: something else than this job deleted it.',
    ...LOST,
    when: { log: BUSY, then: (emulator, group) => void emulator.removeGroup(group) },
  },
  {
    what: 'the build container ends while the script runs',
    reads: 'The container build of eci-… ended while the job ran (Error, exit code 3).',
    ...LOST,
    when: { log: BUSY, then: (emulator, group) => void emulator.endContainer(group, 'build', 3) },
  },
  {
    what: 'the reclaim of the spot instance is announced, and the script ends before',
    reads:
      'WARNING: Alibaba Cloud takes the spot instance eci-… back in about 3 min. What has not ended by then ends as a system failure.',
    ...MENDED,
    ...ONE_GROUP,
    job: { image: IMAGE, script: ['echo compiling | tr a-z A-Z', 'sleep 45'] },
    when: { log: BUSY, then: (emulator, group) => void emulator.reclaim(group, 180) },
  },
  {
    what: 'the host of the group fails',
    reads: 'The host under the container group eci-… failed, and the job with it (…).',
    ...LOST,
    when: { log: BUSY, then: (emulator, group) => void emulator.platformEnds(group, 'host-failure') },
  },
  {
    what: 'the account owes money, and ECI ends what runs',
    reads:
      'Alibaba Cloud has ended the container group eci-…, because the account owes money. Its owner has to settle that; then run the job again.',
    ...LOST,
    retriedBy: 'nobody: the operator must act',
    when: { log: BUSY, then: (emulator, group) => void emulator.platformEnds(group, 'arrears') },
  },
  {
    what: "the group's own deadline comes, ten minutes beyond the job's timeout",
    reads: "The container group eci-… reached its deadline, beyond the job's timeout, and ECI ended it.",
    ...LOST,
    job: { ...OVER.job, timeoutSeconds: 300 },
    when: { log: BUSY, then: (emulator) => void emulator.advance(900) },
  },
];
