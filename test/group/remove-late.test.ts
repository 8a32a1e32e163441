import { expect, it } from 'vitest';
import type { ContainerGroup, ContainerGroups } from '../../src/eci/container-groups.ts';
import { removeLate } from '../../src/group/remove-late.ts';
import type { CreateEntry } from '../../src/state/job-record.ts';
import { untilAborted } from '../support/aborted.ts';
import { containerGroups, eciError } from '../support/container-groups.ts';
import { group } from '../support/group.ts';
import { ManualClock } from '../support/manual-clock.ts';

const never = new AbortController().signal;
const sent = (number: number): CreateEntry => ({ try: number, token: `a-${number}`, state: 'sent' });

function late(creates: readonly CreateEntry[], given: Partial<ContainerGroups>, removed: readonly string[] = []) {
  const clock = new ManualClock();
  const ports = { groups: containerGroups(given), attempt: 'a', clock, signal: never, patience: 30_000 };
  return { clock, ids: removeLate(creates, removed, ports) };
}

/** Looks by tags that find this, one after the other; nothing after the last one. */
const looks = (found: (readonly ContainerGroup[])[], tries: string[] = []) => ({
  findByTags: (tags: Readonly<Record<string, string>>) => {
    tries.push(tags['gitlab-eci-try'] ?? '');
    return Promise.resolve(found.shift() ?? []);
  },
});

it('waits for the group of the last create call alone, as those before it were looked for', async () => {
  const tries: string[] = [];
  const { clock, ids } = late([sent(1), sent(2)], {
    ...looks([[], [group({ id: 'eci-2' })]], tries),
    remove: () => Promise.resolve(),
  });
  await clock.advanceUntil(ids, 30);
  await expect(ids).resolves.toEqual(['eci-2']);
  expect(tries).toEqual(['2', '2']);
});

it('asks nothing where the last create call has its answer, or its group was found before', async () => {
  const created: CreateEntry = { try: 2, token: 'a-2', state: 'created', groupId: 'eci-2' };
  await expect(late([sent(1), created], {}).ids).resolves.toEqual([]);
  await expect(late([sent(1)], {}, ['eci-1']).ids).resolves.toEqual([]);
});

it('is done when the group is being deleted already', async () => {
  const { clock, ids } = late([sent(1)], looks([[group({ status: 'Terminating' })]]));
  await clock.advanceUntil(ids, 5);
  await expect(ids).resolves.toEqual([]);
});

it('ends with its patience, without a failure, also while the cloud is being asked', async () => {
  const { clock, ids } = late([sent(1)], { findByTags: (_, signal) => untilAborted(signal) });
  await clock.advanceUntil(ids, 40);
  await expect(ids).resolves.toEqual([]);
});

it('deletes a group that came at the end of the patience, however long ECI refuses that', async () => {
  let refusals = 20;
  const { clock, ids } = late([sent(1)], {
    ...looks([[], [], [], [], [], [], [], [], [group({ status: 'Scheduling' })]]),
    remove: () => (refusals-- > 0 ? Promise.reject(eciError('IncorrectStatus')) : Promise.resolve()),
  });
  await clock.advanceUntil(ids, 120);
  await expect(ids).resolves.toEqual(['eci-1']);
});
