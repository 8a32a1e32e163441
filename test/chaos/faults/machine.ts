import type { FaultRow } from '../row.ts';

/** From the moment that the group has its address, within the time that images take. */
const STARTING = {
  when: 'prepare',
  shows: 'Starting eci-',
  within: 300,
  then: 'tries again',
  subject: 'start',
} as const;
const LOST = { then: 'system failure', subject: 'end', notices: 'stage' } as const;
const BETWEEN = { ...LOST, when: 'before the script' } as const;
const SCRIPT = { ...LOST, when: 'script', hangs: true } as const;
const AFTER = { ...LOST, when: 'after_script', then: 'not saved' } as const;

const reclaim: FaultRow['inject'] = ({ emulator, group }) => emulator.reclaim(group(), 0);
const remove: FaultRow['inject'] = ({ emulator, group }) => emulator.removeGroup(group());

/** What becomes of the group. */
export const MACHINE: readonly FaultRow[] = [
  { fault: 'reclaimed while it starts', what: 'before the first stage', ...STARTING, inject: reclaim },
  { fault: 'reclaimed between stages', what: 'before the script', ...BETWEEN, inject: reclaim },
  { fault: 'reclaimed during the script', what: 'without any notice', ...SCRIPT, inject: reclaim },
  { fault: 'reclaimed after the script', what: 'before after_script', ...AFTER, inject: reclaim },
  {
    fault: 'reclaim announced',
    what: 'three minutes ahead, and the job ends in time',
    when: 'script',
    then: 'goes on',
    subject: 'warning',
    inject: ({ emulator, group }) => emulator.reclaim(group(), 180),
  },
  { fault: 'deleted by hand while it starts', what: 'in the console', ...STARTING, inject: remove },
  { fault: 'deleted by hand between stages', what: 'in the console', ...BETWEEN, inject: remove },
  { fault: 'deleted by hand during the script', what: 'in the console', ...SCRIPT, inject: remove },
  { fault: 'deleted by hand after the script', what: 'before after_script', ...AFTER, inject: remove },
  {
    fault: 'OOM of the script',
    what: 'the kernel kills what the script runs',
    ...SCRIPT,
    then: 'script killed',
    inject: ({ emulator, group }) => emulator.oom(group(), 'build', 'script'),
  },
  {
    fault: 'OOM of the container',
    what: 'the kernel kills the whole build container, its agent too',
    ...SCRIPT,
    then: 'script killed',
    needs: ['answers'],
    inject: ({ emulator, group }) => emulator.oom(group(), 'build', 'container'),
  },
  {
    fault: 'helper container ended',
    what: 'while the script runs',
    ...SCRIPT,
    needs: ['answers'],
    inject: ({ emulator, group }) => emulator.endContainer(group(), 'helper', 1),
  },
];
