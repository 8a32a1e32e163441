import { expect, it } from 'vitest';
import { spareReclaimed } from '../../src/group/spare-reclaimed.ts';
import { containerGroups, eciError } from '../support/container-groups.ts';
import { group } from '../support/group.ts';
import { ManualClock } from '../support/manual-clock.ts';

const creates = [{ try: 1, token: 'a-1', state: 'created' as const, groupId: 'eci-1' }];
const never = new AbortController().signal;
const announcement = {
  type: 'Warning',
  reason: 'SpotToBeReleased',
  message: 'Spot ECI will be released in 3 minutes',
  at: undefined,
  count: 1,
};

it('a group that runs on after its reclaim was announced is deleted all the same', async () => {
  const clock = new ManualClock();
  const groups = containerGroups({ describe: () => Promise.resolve(group({ events: [announcement] })) });
  const spared = spareReclaimed(creates, groups, clock, never);
  await clock.advanceUntil(spared, 15);
  await expect(spared).resolves.toBeUndefined();
});

it('a group that was reclaimed is left', async () => {
  const groups = containerGroups({ describe: () => Promise.resolve(group({ status: 'Expired' })) });
  await expect(spareReclaimed(creates, groups, new ManualClock(), never)).resolves.toBe('eci-1');
});

it('a group of which ECI does not tell is deleted', async () => {
  const groups = containerGroups({ describe: () => Promise.reject(eciError('Forbidden.RAM')) });
  await expect(spareReclaimed(creates, groups, new ManualClock(), never)).resolves.toBeUndefined();
});
