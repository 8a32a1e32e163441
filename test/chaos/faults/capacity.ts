import type { FaultRow, Ground } from '../row.ts';

/** The first places have none of it; there are others. */
const stock = (answer: NonNullable<Ground['stock']>, fault: string, what: string): FaultRow => ({
  fault,
  what,
  when: 'before',
  then: 'goes on',
  subject: 'stock',
  needs: ['quick deletions'],
  ground: () => ({ stock: answer }),
  tookHold: ({ emulator }) => emulator.requests().some(({ action }) => action === 'CreateContainerGroup'),
});

const created: FaultRow['tookHold'] = ({ emulator }) => emulator.report().groups.created > 0;

/** Stock, placement and images. */
export const CAPACITY: readonly FaultRow[] = [
  stock('no-stock', 'out of stock, told at once', 'the create call is refused in one place'),
  stock('schedule-failed', 'out of stock, told later', 'the group is taken, and then ScheduleFailed'),
  stock('stuck', 'stuck in Scheduling', 'the group never gets resources'),
  stock('no-address', 'stuck in Pending', 'the group never gets an address'),
  {
    fault: 'out of stock everywhere',
    what: 'no place has any, for longer than the driver looks',
    when: 'before',
    then: 'no machine',
    subject: 'stock',
    ground: () => ({ soldOut: true }),
    tookHold: ({ emulator }) => emulator.requests().some(({ action }) => action === 'CreateContainerGroup'),
  },
  {
    fault: 'pull fails for a while',
    what: 'the registry does not answer, one to three times',
    when: 'before',
    then: 'goes on',
    subject: 'image',
    ground: (draw) => ({ image: `pull = "timeout"\nfailures = ${1 + Math.floor(draw * 3)}` }),
    tookHold: created,
  },
  {
    fault: 'pull fails for good',
    what: "the job's image does not exist",
    when: 'before',
    then: 'author must act',
    subject: 'image',
    ground: () => ({ image: 'pull = "not-found"' }),
    tookHold: created,
  },
];
