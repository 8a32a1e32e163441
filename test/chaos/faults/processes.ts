import type { Consequence } from '../colours.ts';
import type { FaultRow, Moment } from '../row.ts';

/** A stage, milliseconds that it takes at least, and what a driver that ends in it does to the job. */
const STAGES: readonly (readonly [Moment, number, Consequence, Partial<FaultRow>?])[] = [
  // Over so soon that a later signal may find it gone.
  ['config', 0, 'tries again'],
  ['prepare', 900, 'tries again'],
  ['prepare_script', 450, 'system failure'],
  ['get_sources', 450, 'system failure'],
  ['script', 0, 'system failure', { hangs: true }],
  ['after_script', 450, 'goes on'],
  ['upload', 450, 'not saved', { needsSaving: true }],
  ['cleanup_file_variables', 450, 'goes on'],
];

const signalled = (signal: 'SIGTERM' | 'SIGKILL'): readonly FaultRow[] =>
  STAGES.map(([when, within, then, more]) => ({
    fault: `${signal} in ${when}`,
    what: 'of the driver, at a random point',
    when,
    then,
    subject: 'process',
    within,
    ...(then === 'goes on' ? {} : { notices: 'stage' as const }),
    ...more,
    inject: ({ signalDriver }) => signalDriver(signal),
  }));

const MANAGER = {
  then: 'no word',
  subject: 'end',
  ownRunner: true,
  needs: ['files'],
  spoils: 'cleanup',
} as const;

/** The driver's own processes, and the runner that starts them. */
export const PROCESSES: readonly FaultRow[] = [
  ...signalled('SIGTERM'),
  ...signalled('SIGKILL'),
  {
    fault: 'SIGTERM in cleanup',
    what: 'of the driver, which deletes all the same, unless it is only just being started',
    when: 'cleanup',
    then: 'goes on',
    subject: 'process',
    within: 100,
    needs: ['files'],
    spoils: 'cleanup',
    inject: ({ signalDriver }) => signalDriver('SIGTERM'),
  },
  {
    fault: 'SIGKILL in cleanup',
    what: "of the driver; what it leaves is the collector's",
    when: 'cleanup',
    then: 'goes on',
    subject: 'process',
    within: 100,
    needs: ['files'],
    spoils: 'cleanup',
    inject: ({ signalDriver }) => signalDriver('SIGKILL'),
  },
  {
    fault: 'runner killed in prepare',
    what: 'SIGKILL; the driver is left, and nobody calls cleanup',
    when: 'prepare',
    within: 900,
    ...MANAGER,
    notices: 'group',
    inject: ({ killRunner }) => killRunner(),
  },
  {
    fault: 'runner killed in the script',
    what: 'SIGKILL; the driver is left, and nobody calls cleanup',
    when: 'script',
    hangs: true,
    ...MANAGER,
    notices: 'group',
    inject: ({ killRunner }) => killRunner(),
  },
  {
    fault: 'manager killed in prepare',
    what: 'SIGKILL of runner and driver at once',
    when: 'prepare',
    within: 900,
    ...MANAGER,
    inject: ({ killRunner, signalDriver }) => signalDriver('SIGKILL') && killRunner(),
  },
  {
    fault: 'manager killed in the script',
    what: 'SIGKILL of runner and driver at once',
    when: 'script',
    hangs: true,
    ...MANAGER,
    inject: ({ killRunner, signalDriver }) => signalDriver('SIGKILL') && killRunner(),
  },
];
