import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { giveBack } from '../../src/commands/give-back.ts';
import { attemptTags, TAG } from '../../src/group/tags.ts';
import type { CreateEntry } from '../../src/state/job-record.ts';
import { containerGroups } from '../support/container-groups.ts';
import { group } from '../support/group.ts';
import { decisionsTo } from '../support/job-log.ts';
import { ManualClock } from '../support/manual-clock.ts';

const entry = (tryNumber: number, state: CreateEntry['state'], groupId?: string): CreateEntry => ({
  try: tryNumber,
  token: `t${tryNumber}`,
  state,
  ...(groupId === undefined ? {} : { groupId }),
});

/** What a group carries whose number is that of its create call: `eci-2` was made by the second try. */
const tagsOf = (creates: readonly CreateEntry[], id: string): Readonly<Record<string, string>> => {
  const made = creates.find((create) => id === `eci-${create.try}`);
  return made === undefined ? {} : { ...attemptTags('a'), [TAG.try]: String(made.try) };
};

/** An attempt is given back; the cloud shows its groups by tags from some second on. */
async function giveBackAfter(
  creates: readonly CreateEntry[],
  shown: readonly { id: string; status: string; from: number }[],
  callerIsGone = true,
) {
  const folder = await mkdtemp(join(tmpdir(), 'give-back-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const recordFile = join(folder, 'record.json');
  await writeFile(recordFile, '{}');
  const clock = new ManualClock();
  const start = clock.now();
  const removed: string[] = [];
  const groups = containerGroups({
    existing: () => Promise.resolve([]),
    findByTags: (tags) =>
      Promise.resolve(
        shown
          .filter(({ id, from }) => !removed.includes(id) && clock.now() >= start + from * 1000)
          .map(({ id, status }) => group({ id, status, tags: tagsOf(creates, id) }))
          .filter((found) => Object.entries(tags).every(([key, value]) => found.tags[key] === value)),
      ),
    remove: (id) => Promise.resolve(void removed.push(id)),
  });
  const decisions: string[] = [];
  const done = giveBack({ attempt: 'a', recordFile, creates }, groups, decisionsTo(decisions), {
    clock,
    callerIsGone: () => callerIsGone,
  });
  await clock.advanceUntil(done);
  const forgotten = await stat(recordFile).then(
    () => false,
    () => true,
  );
  return { removed, forgotten, decisions, seconds: (clock.now() - start) / 1000 };
}

describe('what an attempt made, given back when its runner has gone', () => {
  it('is waited for while a create call has no answer, though an earlier group is still going away', async () => {
    const { removed, forgotten } = await giveBackAfter(
      [entry(1, 'deleted', 'eci-1'), entry(2, 'sent')],
      [
        { id: 'eci-1', status: 'Terminating', from: 0 },
        { id: 'eci-2', status: 'Pending', from: 7 },
      ],
    );
    expect(removed).toEqual(['eci-2']);
    expect(forgotten).toBe(true);
  });

  it('is waited for beside a group that is known', async () => {
    const { removed } = await giveBackAfter(
      [entry(1, 'created', 'eci-1'), entry(2, 'sent')],
      [{ id: 'eci-2', status: 'Pending', from: 4 }],
    );
    expect(removed.sort()).toEqual(['eci-1', 'eci-2']);
  });

  it('and its record are forgotten when nothing came of an open create call', async () => {
    const { removed, forgotten, decisions, seconds } = await giveBackAfter([entry(1, 'sent')], []);
    expect(removed).toEqual([]);
    expect(forgotten).toBe(true);
    expect(decisions).toEqual(['info given back']);
    expect(seconds).toBeLessThan(60);
  });
});

describe('what an attempt made, given back while its runner lives', () => {
  it('is deleted at once, and the record stays for the cleanup that follows', async () => {
    const { removed, forgotten, seconds } = await giveBackAfter(
      [entry(1, 'created', 'eci-1'), entry(2, 'sent')],
      [{ id: 'eci-2', status: 'Pending', from: 4 }],
      false,
    );
    expect(removed).toEqual(['eci-1']);
    expect(forgotten).toBe(false);
    expect(seconds).toBe(0);
  });
});
