import { rm } from 'node:fs/promises';
import { fillDisk } from '../full-disk.ts';
import { stateDir } from '../state-dir.ts';
import type { FaultRow } from '../row.ts';

const WIPED = { subject: 'state', spoils: 'files', what: 'everything in it is removed' } as const;
const wipe: FaultRow['inject'] = async ({ world }) => {
  await rm(stateDir(world), { recursive: true, maxRetries: 3 });
  return true;
};

const FULL = { subject: 'state', only: 'root', ground: () => ({ smallDisk: true as const }) } as const;
const fill: FaultRow['inject'] = ({ world }) => fillDisk(stateDir(world));

const HOURS = 3600;
/** Two hours ahead or behind. */
const skew: FaultRow['inject'] = ({ emulator }, draw) => {
  emulator.skewClock((draw < 0.5 ? -2 : 2) * HOURS);
  return true;
};
const CLOCK = { subject: 'clock', what: "ECI's clock and the manager's are two hours apart, either way" } as const;

/** What the driver finds around it on the manager: its files, its disk, the time, another collector. */
export const SURROUNDINGS: readonly FaultRow[] = [
  {
    fault: 'state folder wiped in prepare',
    when: 'prepare',
    shows: 'Starting eci-',
    then: 'goes on',
    ...WIPED,
    inject: wipe,
  },
  {
    fault: 'state folder wiped before the script',
    when: 'get_sources',
    shows: 'get_sources runs',
    then: 'system failure',
    ...WIPED,
    inject: wipe,
  },
  { fault: 'state folder wiped in the script', when: 'script', then: 'not saved', ...WIPED, inject: wipe },
  {
    fault: 'disk full before the job',
    what: "no room for the job's record",
    when: 'before',
    then: 'no machine',
    ...FULL,
    inject: fill,
  },
  {
    fault: 'disk full in the script',
    what: 'no room in the state folder any more',
    when: 'script',
    then: 'goes on',
    ...FULL,
    inject: fill,
  },
  { fault: 'clock off before the job', when: 'before', then: 'no machine', ...CLOCK, inject: skew },
  {
    fault: 'clock off in the script',
    when: 'script',
    then: 'goes on',
    needs: ['files'],
    spoils: 'answers',
    ...CLOCK,
    inject: skew,
  },
  {
    fault: 'a hasty collector',
    what: 'gc --grace 0, beside a job that runs',
    when: 'script',
    then: 'goes on',
    subject: 'collector',
    needs: ['answers'],
    inject: ({ collect }) => collect(),
  },
];
