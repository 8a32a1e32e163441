import { expect, it } from 'vitest';
import { removeLate } from '../../src/group/remove-late.ts';
import { timeLimit } from '../../src/time-limit.ts';
import { untilAborted } from '../support/aborted.ts';
import { containerGroups } from '../support/container-groups.ts';
import { group } from '../support/group.ts';
import { ManualClock } from '../support/manual-clock.ts';

const sent = (number: number) => ({ try: number, token: `a-${number}`, state: 'sent' as const });

it('waits for a group of each create call that has no answer, not for the first one alone', async () => {
  const clock = new ManualClock();
  const looks = [
    [],
    [group({ id: 'eci-1' })],
    [group({ id: 'eci-1', status: 'Terminating' })],
    [group({ id: 'eci-2' })],
  ];
  const groups = containerGroups({
    findByTags: () => Promise.resolve(looks.shift() ?? []),
    remove: () => Promise.resolve(),
  });
  const patience = timeLimit(30_000, clock);
  const late = removeLate([sent(1), sent(2)], [], { groups, attempt: 'a', clock, signal: patience.signal });
  await clock.advance(20);
  await expect(late).resolves.toEqual(['eci-1', 'eci-2']);
  patience.over();
});

it('ends with its patience, without a failure, also while the cloud is being asked', async () => {
  const clock = new ManualClock();
  const groups = containerGroups({ findByTags: (_, signal) => untilAborted(signal) });
  const patience = timeLimit(30_000, clock);
  const late = removeLate([sent(1)], [], { groups, attempt: 'a', clock, signal: patience.signal });
  await clock.advance(40);
  await expect(late).resolves.toEqual([]);
});
