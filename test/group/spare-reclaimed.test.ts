import { expect, it } from 'vitest';
import { spareReclaimed } from '../../src/group/spare-reclaimed.ts';
import { containerGroups, eciError } from '../support/container-groups.ts';
import { group } from '../support/group.ts';
import { ManualClock } from '../support/manual-clock.ts';

const record = {
  creates: [{ try: 1, token: 'a-1', state: 'created' as const, groupId: 'eci-1' }],
  sparesReclaimed: true,
};
const noFile = '/no/such/record.json';
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
  const spared = spareReclaimed(record, noFile, groups, { clock, signal: never });
  await clock.advanceUntil(spared, 15);
  await expect(spared).resolves.toBeUndefined();
});

it('a group that was reclaimed is left', async () => {
  const groups = containerGroups({ describe: () => Promise.resolve(group({ status: 'Expired' })) });
  await expect(spareReclaimed(record, noFile, groups, { clock: new ManualClock(), signal: never })).resolves.toBe(
    'eci-1',
  );
});

it('a group of which ECI does not tell is deleted', async () => {
  const groups = containerGroups({ describe: () => Promise.reject(eciError('Forbidden.RAM')) });
  await expect(
    spareReclaimed(record, noFile, groups, { clock: new ManualClock(), signal: never }),
  ).resolves.toBeUndefined();
});

it('a group whose stages have found nothing lost is deleted, and nobody asks', async () => {
  const machine = {
    groupId: 'eci-1',
    zone: 'z',
    address: '192.0.2.1',
    ports: { helper: 1, build: 2 },
    hostKeys: { helper: '', build: '' },
    clientKey: '',
  };
  const asked: string[] = [];
  const groups = containerGroups({
    describe: (id) => {
      asked.push(id);
      return Promise.resolve(group({ status: 'Expired' }));
    },
  });
  const spared = spareReclaimed({ ...record, machine }, noFile, groups, { clock: new ManualClock(), signal: never });
  await expect(spared).resolves.toBeUndefined();
  expect(asked).toEqual([]);
});

it('a group of a manager that does not spare any is deleted', async () => {
  const groups = containerGroups({ describe: () => Promise.resolve(group({ status: 'Expired' })) });
  const spared = spareReclaimed({ ...record, sparesReclaimed: false }, noFile, groups, {
    clock: new ManualClock(),
    signal: never,
  });
  await expect(spared).resolves.toBeUndefined();
});

it('a group is deleted when ECI does not answer in the time that its deletion leaves', async () => {
  const clock = new ManualClock();
  const silent = (_id: string, until?: AbortSignal) =>
    new Promise<never>((_resolve, reject) => {
      until?.addEventListener('abort', () => reject(until.reason as Error));
    });
  const before = clock.now();
  const spared = spareReclaimed(record, noFile, containerGroups({ describe: silent }), {
    clock,
    signal: never,
    patience: 2500,
  });
  await clock.advanceUntil(spared);
  await expect(spared).resolves.toBeUndefined();
  expect(clock.now() - before).toBe(2500);
});
