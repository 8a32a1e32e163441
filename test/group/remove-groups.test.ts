import { describe, expect, it } from 'vitest';
import type { ContainerGroups } from '../../src/eci/container-groups.ts';
import { removeGroup, removeGroups } from '../../src/group/remove-groups.ts';
import { untilAborted } from '../support/aborted.ts';
import { containerGroups, eciError } from '../support/container-groups.ts';
import { group } from '../support/group.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { timeLimit } from '../../src/time-limit.ts';

const entry = (number: number, state: 'sent' | 'refused' | 'created' | 'deleted') => ({
  try: number,
  token: `a-${number}`,
  state,
  ...(state === 'sent' || state === 'refused' ? {} : { groupId: `eci-${number}` }),
});

const never = new AbortController().signal;

describe('what an attempt has made', () => {
  it('is deleted by id; what was abandoned is asked for once more, and deleted again if it is still there', async () => {
    const removed: string[] = [];
    const asked: (readonly string[])[] = [];
    const groups = containerGroups({
      remove: (id) => Promise.resolve(void removed.push(id)),
      existing: (ids) => {
        asked.push(ids);
        return Promise.resolve([group({ id: 'eci-2' }), group({ id: 'eci-3', status: 'Terminating' })]);
      },
    });
    const creates = [
      entry(1, 'refused'),
      entry(2, 'deleted'),
      entry(3, 'deleted'),
      entry(4, 'deleted'),
      entry(5, 'created'),
    ];
    const ids = await removeGroups(creates, groups, 'a', new ManualClock(), never);
    expect(asked).toEqual([['eci-2', 'eci-3', 'eci-4']]);
    expect(removed.sort()).toEqual(['eci-2', 'eci-5']);
    expect([...ids].sort()).toEqual(['eci-2', 'eci-5']);
  });

  it('costs no question when nothing was abandoned', async () => {
    const groups = containerGroups({ remove: () => Promise.resolve() });
    await expect(removeGroups([entry(1, 'created')], groups, 'a', new ManualClock(), never)).resolves.toEqual([
      'eci-1',
    ]);
  });

  it('is deleted but for the group that is to be left, by whichever way it is found', async () => {
    const removed: string[] = [];
    const groups = containerGroups({
      remove: (id) => Promise.resolve(void removed.push(id)),
      findByTags: () => Promise.resolve([group({ id: 'eci-2', status: 'Expired' }), group({ id: 'eci-1' })]),
    });
    const creates = [entry(1, 'sent'), entry(2, 'created')];
    await removeGroups(creates, groups, 'a', new ManualClock(), never, 'eci-2');
    expect(removed).toEqual(['eci-1']);
  });

  it('is deleted as far as possible, when one part of it cannot be told', async () => {
    const removed: string[] = [];
    const groups = containerGroups({
      remove: (id) => Promise.resolve(void removed.push(id)),
      existing: () => Promise.reject(eciError('InternalError')),
    });
    await expect(
      removeGroups([entry(1, 'deleted'), entry(2, 'created')], groups, 'a', new ManualClock(), never),
    ).rejects.toMatchObject({ code: 'InternalError' });
    expect(removed).toEqual(['eci-2']);
  });
});

describe('a deletion whose patience is over', () => {
  const last = async (...answers: readonly ContainerGroups['remove'][]): Promise<unknown> => {
    const clock = new ManualClock();
    const { signal } = timeLimit(3000, clock);
    let calls = 0;
    const groups = containerGroups({
      remove: (...asked) => (answers[calls++] ?? (() => Promise.reject(new Error('not expected'))))(...asked),
    });
    const removing = removeGroup('eci-1', groups, clock, signal).catch((error: unknown) => error);
    await clock.advanceUntil(removing);
    return removing;
  };
  const refused = (): Promise<never> => Promise.reject(eciError('IncorrectStatus'));

  it('has failed when ECI has refused it every time', async () => {
    expect(await last(refused, refused)).toMatchObject({ code: 'IncorrectStatus', ambiguous: false });
  });

  it('may have been done when the last call has no answer', async () => {
    expect(await last(refused, (_, signal) => untilAborted(signal))).toMatchObject({
      code: 'IncorrectStatus',
      ambiguous: true,
    });
  });
});
