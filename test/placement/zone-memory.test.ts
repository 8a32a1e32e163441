import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { zoneMemory } from '../../src/state/zone-memory.ts';
import { eciError } from '../support/container-groups.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { host, MORE_ZONES, search } from './capacity-search.ts';

/** Time passes, and files that are being read or written meanwhile get theirs. */
async function letPass(seconds: number, clock: ManualClock): Promise<void> {
  await pause(2);
  await clock.advance(seconds);
}

/** Zones cn-beijing-0 to -7 and -h are empty, -8 has stock. */
const lastZoneOnly = {
  create: ({ zone }: Readonly<Record<string, unknown>>) =>
    zone === 'cn-beijing-8' ? Promise.resolve('eci-1') : Promise.reject(eciError('OperationDenied.NoStock')),
};

const LIMITS = { lasts: 1000, longestProbe: 180_000 };

describe('what one job of a host found empty', () => {
  it('is left out by the next one, which says so in one line', async () => {
    const clock = new ManualClock();
    const folder = await host();
    const first = await search({ groups: lastZoneOnly, clock, folder });
    await clock.advanceUntil(first.found);
    await clock.advance(40);
    const second = await search({ groups: lastZoneOnly, clock, folder });
    await clock.advanceUntil(second.found);
    await second.found;
    expect([first.asked.length, second.asked.length]).toEqual([10, 1]);
  });

  it('does not count for another type, another price limit, or a job that asks for something special', async () => {
    const clock = new ManualClock();
    const folder = await host();
    const create = () => Promise.reject(eciError('Spot.NotMatched'));
    const limited = (limit: string, more = '') =>
      `${MORE_ZONES}\n[spot]\nstrategy = "SpotWithPriceLimit"\nprice_limit = ${limit}\n${more}`;
    const knocks = async (tables: string, top = '') => {
      const { found, asked } = await search({
        groups: { create },
        clock,
        folder,
        top: `poll_timeout = 0\n${top}`,
        tables,
      });
      await clock.advanceUntil(found);
      return asked.length;
    };
    expect(await knocks(limited('0.1'))).toBe(10);
    // The same again: nothing but the one attempt before it gives up.
    expect(await knocks(limited('0.1'))).toBe(1);
    expect(await knocks(limited('0.2'))).toBe(10);
    expect(await knocks(limited('0.1'), 'instance_types = ["ecs.g6.2xlarge"]')).toBe(10);
    expect(await knocks(limited('0.1', '[parameters]\nCorePattern = "/tmp/core"'))).toBe(10);
  });

  it('is not kept when the settings want none of it, nor when a clock that was set back left it in the future', async () => {
    const folder = await host();
    const memory = zoneMemory(folder, LIMITS);
    await memory.close('door', 'out of stock', 5000);
    expect(await memory.knock('door', 5500)).toMatchObject({ kind: 'closed' });
    expect(await memory.knock('door', 500)).toEqual({ kind: 'open' });
    expect(await zoneMemory(folder, { ...LIMITS, lasts: 0 }).knock('door', 5500)).toEqual({ kind: 'open' });
  });

  it('has nothing to do with a group that somebody deletes, or that nobody can see', async () => {
    const clock = new ManualClock();
    const folder = await host();
    const deleted = { create: () => Promise.resolve('eci-1'), describe: () => Promise.resolve(undefined) };
    const first = await search({ groups: deleted, clock, folder, top: 'poll_timeout = 0', tables: '' });
    await clock.advanceUntil(first.found);
    const second = await search({ groups: { create: () => Promise.resolve('eci-2') }, clock, folder, tables: '' });
    await clock.advanceUntil(second.found);
    expect(second.lines.some((text) => text.startsWith('Left out'))).toBe(false);
  });

  it('is tried again when its time is over, by one job first: the others wait for what it finds', async () => {
    const clock = new ManualClock();
    const folder = await host();
    const calls: ((found: 'stock' | 'none') => void)[] = [];
    const create = () =>
      new Promise<string>((resolve, reject) =>
        calls.push((found) => (found === 'stock' ? resolve('eci-1') : reject(eciError('OperationDenied.NoStock')))),
      );
    // A day: on a loaded machine this clock runs ahead of the files that the searches read.
    const options = { groups: { create }, clock, folder, top: 'poll_timeout = 86400\nzone_memory = 120', tables: '' };
    const first = await search(options);
    await expect.poll(() => calls.length).toBe(1);
    calls[0]?.('none');
    await expect.poll(() => first.lines).toContainEqual(expect.stringMatching(/^Waiting/));

    const others = await Promise.all(Array.from({ length: 20 }, () => search(options)));
    const all = [first, ...others];
    // The door's time ends, and much later one job is still at it, alone.
    for (let second = 0; calls.length < 2 && second < 3600; second++) await letPass(1, clock);
    for (let second = 0; second < 60; second++) await letPass(0.5, clock);
    expect(calls).toHaveLength(2);
    calls[1]?.('stock');
    // Once it is open, the others follow.
    const found = Promise.all(all.map((each) => each.found));
    const letIn = setInterval(() => calls.splice(2).forEach((answer) => answer('stock')), 1);
    await clock.advanceUntil(found, 80_000).finally(() => clearInterval(letIn));
    expect(await found).toHaveLength(21);
  });

  it('keeps no job from trying at all: the last moment is for the door that was closed longest', async () => {
    const clock = new ManualClock();
    const folder = await host();
    const top = 'zone_memory = 3600';
    const first = await search({ groups: lastZoneOnly, clock, folder, top, tables: '' });
    await expect.poll(() => first.lines).toContainEqual(expect.stringMatching(/^Waiting/));
    await letPass(1, clock);
    const create = () => Promise.resolve('eci-2');
    const second = await search({ groups: { create }, clock, folder, top, tables: '' });
    await clock.advanceUntil(second.found);
    expect((await second.found).group.id).toBe('eci-2');
    expect(second.asked).toHaveLength(1);
    expect(second.lines).toContainEqual(
      expect.stringMatching(
        /^Left out, refused to other jobs of this manager lately: cn-beijing-h ecs\.c6\.2xlarge spot \(out of stock, \S+ s ago\)$/,
      ),
    );
    await clock.advanceUntil(first.found);
  });

  it('is forgotten with a damaged file, or without a folder to write to', async () => {
    const folder = await host();
    const memory = zoneMemory(folder, LIMITS);
    await memory.close('door', 'out of stock', 0);
    expect(await memory.knock('door', 500)).toMatchObject({ kind: 'closed' });
    await writeFile(join(folder, 'doors', 'door.json'), '{"say":');
    expect(await memory.knock('door', 500)).toEqual({ kind: 'open' });
    const nowhere = zoneMemory(join(folder, 'doors', 'door.json'), LIMITS);
    await nowhere.close('door', 'out of stock', 0);
    expect(await nowhere.knock('door', 500)).toEqual({ kind: 'open' });
  });

  it('is free again three minutes after a job that wanted to try it has died', async () => {
    const folder = await host();
    const memory = zoneMemory(folder, LIMITS);
    await memory.close('door', 'out of stock', 0);
    const knocks = [];
    for (const now of [1000, 2000, 182_001, 182_002]) knocks.push((await memory.knock('door', now)).kind);
    expect(knocks).toEqual(['open', 'closed', 'open', 'closed']);
  });
});

describe('jobs of a host that start at the same moment', () => {
  it('send one of them to each door that nobody knows, and all follow to the one that is open', async () => {
    const clock = new ManualClock();
    const folder = await host();
    const zones: string[] = [];
    // A tenth of a second, as ECI takes.
    const create = async (request: Readonly<Record<string, unknown>>) => {
      zones.push(String(request.zone));
      await clock.sleep(100);
      return lastZoneOnly.create(request);
    };
    const top = 'zone_memory = 120';
    const searches = await Promise.all(
      Array.from({ length: 20 }, () => search({ groups: { create }, clock, folder, top })),
    );
    const found = Promise.all(searches.map((each) => each.found));
    await clock.advanceUntil(found);
    expect(zones.slice(0, 9).sort()).toEqual([...new Set(zones.slice(0, 9))].sort());
    expect(zones.filter((zone) => zone === 'cn-beijing-8')).toHaveLength(20);
    expect(zones).toHaveLength(29);
    expect(await found).toHaveLength(20);
  });

  it('do not wait for one that has died, or whose call hangs, for longer than five seconds', async () => {
    const clock = new ManualClock();
    const folder = await host();
    const memory = zoneMemory(folder, LIMITS);
    for (let index = 0; index < 9; index++)
      await memory.knock(`cn-beijing_vsw-${index}_ecs.c6.2xlarge_spot`, clock.now());
    const before = clock.now();
    const first = await search({ groups: lastZoneOnly, clock, folder, top: 'zone_memory = 120\npoll_timeout = 600' });
    await clock.advanceUntil(first.found);
    await first.found;
    expect(first.asked).toHaveLength(10);
    expect(clock.now() - before).toBeLessThan(15_000);
  });

  it('pass a door at once that has been open lately', async () => {
    const folder = await host();
    const memory = zoneMemory(folder, LIMITS);
    const kinds = [(await memory.knock('door', 0)).kind, (await memory.knock('door', 1)).kind];
    await memory.taken('door', 100);
    kinds.push((await memory.knock('door', 101)).kind, (await memory.knock('door', 102)).kind);
    // Much later nobody knows.
    kinds.push((await memory.knock('door', 5000)).kind, (await memory.knock('door', 5001)).kind);
    expect(kinds).toEqual(['open', 'asked', 'open', 'open', 'open', 'asked']);
  });

  it('stay away from a door that was closed although one of them has a call taken there: it can end without a place', async () => {
    const folder = await host();
    const memory = zoneMemory(folder, LIMITS);
    await memory.close('door', 'out of stock', 0);
    expect((await memory.knock('door', 1000)).kind).toBe('open');
    await memory.taken('door', 1001);
    expect((await memory.knock('door', 1002)).kind).toBe('closed');
    await memory.release('door', true, 1003);
    expect((await memory.knock('door', 1004)).kind).toBe('open');
  });
});
