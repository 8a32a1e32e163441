import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askForLoss } from '../../src/commands/group-watch.ts';
import type { ContainerGroup } from '../../src/eci/container-groups.ts';
import type { AskForLoss } from '../../src/script/loss-watch.ts';
import { wholeLines } from '../../src/report/whole-lines.ts';
import { sharedLooks } from '../../src/state/shared-looks.ts';
import { containerGroups, eciError } from '../support/container-groups.ts';
import { group, warningEvent } from '../support/group.ts';
import { ManualClock } from '../support/manual-clock.ts';

const HALF_A_MINUTE = 30_000;
const IDS = Array.from({ length: 30 }, (_, index) => `eci-${index}`);
const never = new AbortController().signal;

let stateDir: string;
let clock: ManualClock;
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'watch-'));
  clock = new ManualClock();
});
afterEach(() => rm(stateDir, { recursive: true, force: true }));

/** The questions of jobs of one host, each of a process of its own, and the calls that they make. */
function jobs(changes: Readonly<Record<string, Partial<ContainerGroup> | 'gone'>> = {}, manyFail?: Error) {
  const calls: (readonly string[])[] = [];
  const known = (ids: readonly string[]): readonly ContainerGroup[] =>
    ids.flatMap((id) => {
      const change = changes[id];
      return change === 'gone' ? [] : [group({ id, ...change })];
    });
  const cloud = containerGroups({
    describe: (id) => {
      calls.push([id]);
      return Promise.resolve(known([id])[0]);
    },
    existing: (ids) => {
      calls.push(ids);
      if (manyFail) return Promise.reject(manyFail);
      // One that is gone may be refused with all the others.
      return Promise.resolve(ids.some((id) => changes[id] === 'gone') ? [] : known(ids));
    },
  });
  let log = '';
  const output = wholeLines({
    closed: false,
    write: (bytes) => {
      log += Buffer.from(bytes).toString('utf8');
      return Promise.resolve();
    },
  });
  const ask = (groupId: string): AskForLoss =>
    askForLoss(
      { groupId, container: 'build', recordFile: join(stateDir, 'jobs', `${groupId}.json`) },
      { groups: () => Promise.resolve(cloud), looks: sharedLooks(stateDir, 'cn-beijing'), output, clock },
    );
  return { ask, calls, log: () => log };
}

describe('jobs of one host that watch their groups', () => {
  it('ask once for twenty of them', async () => {
    const { ask, calls } = jobs();
    const asks = IDS.map(ask);
    for (const each of asks) await each(never, HALF_A_MINUTE);
    await clock.advance(31);
    const folder = join(stateDir, 'looks');
    const told = (await readdir(folder)).filter((name) => name.endsWith('.fine'));
    const before = new Date(Date.now() - 31_000);
    for (const name of told) await utimes(join(folder, name), before, before);
    calls.length = 0;
    const answers = [];
    for (const each of asks) answers.push(await each(never, HALF_A_MINUTE));
    expect(answers.map(({ loss }) => loss)).toEqual(Array(30).fill(undefined));
    expect(calls).toHaveLength(2);
    expect(new Set(calls.flat())).toEqual(new Set(IDS));
  });

  it('ask for themselves when what others know is too old for them', async () => {
    const { ask, calls } = jobs();
    const [first, second] = [ask('eci-1'), ask('eci-2')];
    await first(never, HALF_A_MINUTE);
    await second(never, HALF_A_MINUTE);
    const askedAt = clock.now();
    await clock.advance(4);
    calls.length = 0;
    expect(await first(never, HALF_A_MINUTE)).toEqual({ askedAt });
    expect(calls).toEqual([]);
    expect(await first(never, 3000)).toEqual({ askedAt: askedAt + 4000 });
    expect(calls).toHaveLength(1);
  });

  it('take nothing that was told in the future, as a clock that was set back does', async () => {
    const { ask, calls } = jobs();
    const looks = sharedLooks(stateDir, 'cn-beijing');
    await looks.watch('eci-1');
    await looks.tellFine(['eci-1'], clock.now() + 1);
    expect(await looks.lastFine('eci-1')).toBe(clock.now() + 1);
    await ask('eci-1')(never, HALF_A_MINUTE);
    expect(calls).toHaveLength(1);
  });

  it('hear from ECI itself that a group is lost, whoever has asked for it before', async () => {
    const { ask } = jobs({ 'eci-2': { status: 'Expired' } });
    await ask('eci-2')(never, HALF_A_MINUTE);
    expect(await ask('eci-1')(never, HALF_A_MINUTE)).not.toHaveProperty('loss');
    expect((await ask('eci-2')(never, HALF_A_MINUTE)).loss).toMatchObject({ kind: 'group-lost' });
  });

  it('tell of a reclaim that is announced, though another one has asked for the group before', async () => {
    const events = [warningEvent('SpotToBeReleased', 'Spot instance will be released in 3 min')];
    const { ask, calls, log } = jobs({ 'eci-2': { events } });
    const looks = sharedLooks(stateDir, 'cn-beijing');
    await looks.watch('eci-2');
    await ask('eci-1')(never, HALF_A_MINUTE);
    expect(calls).toEqual([['eci-1', 'eci-2']]);
    expect(log()).toBe('');
    await ask('eci-2')(never, HALF_A_MINUTE);
    await expect.poll(log).toMatch(/takes the spot instance eci-2 back in about 3 min/);
  });

  it('are not taken for gone with one that is', async () => {
    const { ask } = jobs({ 'eci-2': 'gone' });
    const second = ask('eci-2');
    expect((await second(never, HALF_A_MINUTE)).loss).toMatchObject({ kind: 'group-lost' });
    expect(await ask('eci-1')(never, HALF_A_MINUTE)).not.toHaveProperty('loss');
    expect((await second(never, HALF_A_MINUTE)).loss).toMatchObject({ kind: 'group-lost' });
  });

  it('ask for their own alone, for some minutes, where they may not see all the others', async () => {
    const { ask, calls } = jobs({}, eciError('Forbidden.RAM'));
    await sharedLooks(stateDir, 'cn-beijing').watch('eci-2');
    const first = ask('eci-1');
    expect(await first(never, HALF_A_MINUTE)).not.toHaveProperty('loss');
    expect(calls).toEqual([['eci-1', 'eci-2'], ['eci-1']]);
    calls.length = 0;
    for (let question = 0; question < 11; question++) await first(never, HALF_A_MINUTE);
    expect(calls).toEqual([...Array<string[]>(10).fill(['eci-1']), ['eci-1', 'eci-2'], ['eci-1']]);
  });

  it('ask for their own alone, once, after a fault of the question for many, and not twice at a time', async () => {
    const { ask, calls } = jobs({ 'eci-1': { status: 'Expired' } }, eciError('Timeout', { ambiguous: true }));
    await sharedLooks(stateDir, 'cn-beijing').watch('eci-2');
    const first = ask('eci-1');
    await expect(first(never, HALF_A_MINUTE)).rejects.toThrow('Timeout');
    expect((await first(never, HALF_A_MINUTE)).loss).toMatchObject({ kind: 'group-lost' });
    await expect(first(never, HALF_A_MINUTE)).rejects.toThrow('Timeout');
    expect(calls).toEqual([['eci-1', 'eci-2'], ['eci-1'], ['eci-1', 'eci-2']]);
  });
});
