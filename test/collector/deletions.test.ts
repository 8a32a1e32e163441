import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collect, type Finding } from '../../src/collector/collect.ts';
import { collectInPassing } from '../../src/commands/collect-in-passing.ts';
import { readMarks, writeMarks } from '../../src/collector/marks.ts';
import { collectorFile } from '../../src/collector/scope.ts';
import { table } from '../../src/collector/show.ts';
import type { ContainerGroup, ContainerGroups } from '../../src/eci/container-groups.ts';
import { TAG, managerTags } from '../../src/group/tags.ts';
import type { DriverLog, Fields } from '../../src/report/driver-log.ts';
import { writeAtomically } from '../../src/state/files.ts';
import { untilAborted } from '../support/aborted.ts';
import { containerGroups, eciError } from '../support/container-groups.ts';
import { group } from '../support/group.ts';
import { ManualClock } from '../support/manual-clock.ts';

let folder: string;
let clock: ManualClock;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'collector-'));
  clock = new ManualClock();
});
afterEach(() => rm(folder, { recursive: true }));

const scope = () => ({ manager: 'ci', region: 'cn-beijing', stateDir: folder });
const never = new AbortController().signal;

/** So many groups that are past their deadline. */
const needless = (count: number): readonly ContainerGroup[] =>
  Array.from({ length: count }, (_, number) =>
    group({
      id: `eci-${number}`,
      createdAt: clock.now() - 7200_000,
      tags: { ...managerTags('ci'), [TAG.seconds]: '3600', [TAG.job]: String(number) },
    }),
  );

const listing = (found: readonly ContainerGroup[], more: Partial<ContainerGroups>): ContainerGroups =>
  containerGroups({ findByTags: () => Promise.resolve(found), ...more });

interface Entry {
  readonly message: string;
  readonly fields: Fields | undefined;
}

/** A driver's log in memory. */
function memoryLog(): { readonly entries: readonly Entry[]; readonly log: DriverLog } {
  const entries: Entry[] = [];
  const write: DriverLog['write'] = (_, message, fields) => {
    entries.push({ message, fields });
    return Promise.resolve(true);
  };
  return { entries, log: { write } };
}

const pass = (groups: ContainerGroups, more: { signal?: AbortSignal; log?: DriverLog } = {}) =>
  collect(
    { scope: scope(), grace: 0, dryRun: false },
    { groups, clock, signal: more.signal ?? never, log: more.log ?? memoryLog().log },
  );

const told = (findings: readonly Finding[]) => findings.map(({ id, what, why }) => [id, what, why]);

describe('deletions of the collector', () => {
  it('are five at a time', async () => {
    let [present, most] = [0, 0];
    const groups = listing(needless(23), {
      remove: async () => {
        most = Math.max(most, ++present);
        await clock.sleep(1000);
        present--;
      },
    });
    const passing = pass(groups);
    await clock.advanceUntil(passing);
    expect((await passing).map(({ what }) => what)).toEqual(Array(23).fill('deleted'));
    expect(most).toBe(5);
  });

  it('each have their outcome, whatever becomes of the others', async () => {
    const outcomes: Readonly<Record<string, () => Promise<void>>> = {
      'eci-0': () => Promise.reject(eciError('Forbidden.RAM', { message: 'no right to delete' })),
      'eci-1': () => Promise.reject(new TypeError('secret')),
      'eci-2': () => Promise.resolve(),
      'eci-3': () => Promise.reject(eciError('Timeout', { ambiguous: true, message: 'no answer within 10 s' })),
    };
    const { entries, log } = memoryLog();
    const passing = pass(listing(needless(4), { remove: (id) => outcomes[id]?.() ?? Promise.reject(new Error(id)) }), {
      log,
    });
    await clock.advanceUntil(passing);
    expect(told(await passing)).toEqual([
      ['eci-0', 'not deleted', 'it is past its deadline; no right to delete'],
      ['eci-1', 'not deleted', 'it is past its deadline; a bug of ours (TypeError), see the driver log'],
      ['eci-2', 'deleted', 'it is past its deadline'],
      ['eci-3', 'unanswered', 'it is past its deadline; no answer within 10 s'],
    ]);
    expect(entries).toMatchObject([{ message: 'bug', fields: { group: 'eci-1' } }]);
  });

  it('are not begun any more once the collector is stopped, and that of one that was begun is not known', async () => {
    const stop = new AbortController();
    const asked: string[] = [];
    const groups = listing(needless(7), {
      remove: (id, signal) => {
        asked.push(id);
        if (id === 'eci-4') stop.abort(new Error('SIGTERM'));
        // Two of the five that have begun get their answer a little later.
        return id === 'eci-0' || id === 'eci-1' ? clock.sleep(2000) : untilAborted(signal);
      },
    });
    const passing = pass(groups, { signal: stop.signal });
    await clock.advanceUntil(passing);
    expect((await passing).map(({ what }) => what)).toEqual([
      'deleted',
      'deleted',
      'unanswered',
      'unanswered',
      'unanswered',
      'not deleted',
      'not deleted',
    ]);
    expect(asked).toEqual(['eci-0', 'eci-1', 'eci-2', 'eci-3', 'eci-4']);
  });
});

describe('a group that is being deleted', () => {
  const ending = () => listing([group({ status: 'Terminating', tags: managerTags('ci') })], {});

  it('is not deleted again, and is no living job', async () => {
    const findings = await pass(ending());
    expect(told(findings)).toEqual([['eci-1', 'being deleted', 'it is being deleted, for 0.0 s or longer']]);
    expect(table(findings, false)).toMatch(/^eci-1 .* being deleted +it is being deleted, for 0\.0 s or longer$/m);
    expect(table(findings, false)).not.toContain('living');
  });

  it('is said to be stuck after 70 minutes, however long it was marked before', async () => {
    await writeMarks(scope(), { needless: { 'eci-1': clock.now() - 7200_000 }, ending: {} });
    await pass(ending());
    await clock.advance(4199);
    expect(told(await pass(ending()))).toEqual([
      ['eci-1', 'being deleted', 'it is being deleted, for 69 min 59 s or longer'],
    ]);
    await clock.advance(1);
    expect(told(await pass(ending()))).toEqual([
      [
        'eci-1',
        'stuck',
        'it is being deleted, for 70 min 0 s or longer; it may still cost money: open a ticket with Alibaba Cloud',
      ],
    ]);
  });

  it('is looked at with the marks of an older version', async () => {
    await writeAtomically(collectorFile(scope(), 'json'), JSON.stringify({ version: 1, marks: { 'eci-2': 7 } }));
    expect(await readMarks(scope())).toEqual({ needless: { 'eci-2': 7 }, ending: {} });
  });
});

describe('a pass within a cleanup', () => {
  it('keeps a cleanup waiting for ten seconds at most when ECI does not tell which groups there are', async () => {
    await writeAtomically(collectorFile(scope(), 'last'), '');
    const { entries, log } = memoryLog();
    const since = clock.now();
    const passing = collectInPassing(scope(), {
      groups: containerGroups({ findByTags: (_, signal) => untilAborted(signal) }),
      clock,
      log,
    });
    await clock.advanceUntil(passing);
    expect(clock.now() - since).toBe(10_000);
    expect(entries.map(({ message }) => message)).toEqual(['not collected']);
  });

  it('gives deletions that were begun five seconds more for their answers, and says which have none', async () => {
    await writeAtomically(collectorFile(scope(), 'last'), '');
    const found = needless(6);
    const marks = Object.fromEntries(found.map(({ id }) => [id, clock.now() - 300_000]));
    await writeMarks(scope(), { needless: marks, ending: {} });
    const { entries, log } = memoryLog();
    let begun = 0;
    const remove: ContainerGroups['remove'] = (_, signal) => {
      begun++;
      return untilAborted(signal);
    };
    let isOver = false;
    const passing = collectInPassing(scope(), { groups: listing(found, { remove }), clock, log }).finally(
      () => (isOver = true),
    );
    await expect.poll(() => begun, { timeout: 10_000 }).toBe(5);
    await clock.advance(14.9);
    expect(isOver).toBe(false);
    await clock.advance(0.1);
    await passing;
    expect(begun).toBe(5);
    expect(entries).toMatchObject([{ message: 'collected' }]);
    expect(entries[0]?.fields?.groups).toMatchObject([
      ...Array.from({ length: 5 }, () => ({ what: 'unanswered' })),
      { what: 'not deleted', why: 'it is past its deadline; its turn had not come when the time was over' },
    ]);
  });
});
