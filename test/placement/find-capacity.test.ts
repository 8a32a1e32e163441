import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ContainerGroups, EciError } from '../../src/eci/container-groups.ts';
import { removeGroups } from '../../src/group/remove-groups.ts';
import { findCapacity } from '../../src/placement/find-capacity.ts';
import { planAttempts } from '../../src/placement/plan.ts';
import { RecordKeeper } from '../../src/state/record-keeper.ts';
import { group } from '../support/group.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { settingsOf } from '../support/settings.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capacity-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const MORE_ZONES = Array.from(
  { length: 9 },
  (_, index) => `[[vswitch]]\nid = "vsw-${index}"\nzone = "cn-beijing-${index}"`,
).join('\n');

/** A search over a cloud that a test writes itself, on a clock that a test moves. */
function search(groups: Partial<ContainerGroups>, top: string, clock: ManualClock) {
  const settings = settingsOf(top, MORE_ZONES);
  const file = join(folder, 'jobs', `${Math.random()}.json`);
  const caller = { bootId: 'b', pidNamespace: '1', mountNamespace: '1', pid: 1, startTime: '1' };
  const record = new RecordKeeper(file, {
    version: 1,
    attempt: 'a',
    job: { id: 1, projectId: 2, gitlabHost: 'h' },
    host: 'h',
    caller,
    cloud: { region: 'r', endpoint: 'e', protocol: 'http' },
    creates: [],
    limits: { reconnectTimeout: 1, abandonAfter: 60 },
  });
  const lines: string[] = [];
  const line = (text: string) => Promise.resolve(void lines.push(text));
  const unexpected = () => Promise.reject(new Error('not expected'));
  const found = findCapacity(planAttempts(settings), settings, {
    groups: {
      create: unexpected,
      describe: unexpected,
      findByTags: unexpected,
      remove: () => Promise.resolve(),
      ...groups,
    },
    record,
    log: { line, warning: line, failure: () => Promise.resolve() },
    clock,
    signal: new AbortController().signal,
    request: () => ({}),
    attempt: 'a',
  });
  return { found, record, lines, file };
}

const eciError = (code: string, ambiguous: boolean) =>
  new EciError({ action: 'A', code, message: code, httpStatus: ambiguous ? 0 : 403, ambiguous });

describe('a create of which nobody knows what it did', () => {
  it('stays open in the record, so that cleanup looks for its group by the tags', async () => {
    const clock = new ManualClock();
    const silent = {
      create: () => Promise.reject(eciError('Timeout', true)),
      findByTags: () => Promise.reject(eciError('Timeout', true)),
    };
    const { found, record, file } = search(silent, 'poll_timeout = 0', clock);
    const failed = expect(found).rejects.toThrow(/No capacity/);
    await clock.advanceUntil(found);
    await failed;
    expect(record.creates.map((entry) => entry.state)).toEqual(['sent']);
    expect(await readFile(file, 'utf8')).toContain('"sent"');

    const removed: string[] = [];
    const later: ContainerGroups = {
      create: () => Promise.reject(new Error('not expected')),
      describe: () => Promise.resolve(undefined),
      findByTags: () => Promise.resolve([group({ id: 'eci-late' })]),
      remove: (id) => Promise.resolve(void removed.push(id)),
    };
    await removeGroups(record.creates, later, 'a', clock, new AbortController().signal);
    expect(removed).toEqual(['eci-late']);
  });
});

describe('poll_timeout', () => {
  it('bounds the search, however long each door keeps one waiting', async () => {
    const clock = new ManualClock();
    let creates = 0;
    const stuck = {
      create: () => Promise.resolve(`eci-${++creates}`),
      describe: (id: string) => Promise.resolve(group({ id, status: 'Scheduling', intranetIp: '' })),
    };
    const { found } = search(stuck, 'poll_timeout = 150\nscheduling_timeout = 60', clock);
    const failed = expect(found).rejects.toThrow(/No capacity was found/);
    await clock.advanceUntil(found);
    await failed;
    expect(creates).toBe(3);
  });

  it('makes an attempt after each pause that it announces', async () => {
    const clock = new ManualClock();
    let creates = 0;
    const empty = {
      create: () => {
        creates++;
        return Promise.reject(eciError('OperationDenied.NoStock', false));
      },
    };
    const { found, lines } = search(empty, 'poll_timeout = 10\npoll_interval = 8', clock);
    const failed = expect(found).rejects.toThrow(/No capacity/);
    await clock.advanceUntil(found);
    await failed;
    const announced = lines.filter((text) => text.startsWith('No capacity at the moment')).length;
    expect(announced).toBe(2);
    expect(creates).toBe(10 + 10 + 1);
  });
});
