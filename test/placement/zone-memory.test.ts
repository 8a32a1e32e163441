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

  it('does not count for another type or another price limit', async () => {
    const clock = new ManualClock();
    const folder = await host();
    const create = () => Promise.reject(eciError('Spot.NotMatched'));
    const top = 'poll_timeout = 0';
    const limited = (limit: string) => `${MORE_ZONES}\n[spot]\nstrategy = "SpotWithPriceLimit"\nprice_limit = ${limit}`;
    for (const tables of [limited('0.1'), limited('0.2')]) {
      const { found, asked } = await search({ groups: { create }, clock, folder, top, tables });
      await clock.advanceUntil(found);
      expect(asked.length).toBeGreaterThan(0);
    }
  });

  it('is tried again when its time is over, by one job first: the others wait for what it finds', async () => {
    const clock = new ManualClock();
    const folder = await host();
    const calls: ((found: 'stock' | 'none') => void)[] = [];
    const create = () =>
      new Promise<string>((resolve, reject) =>
        calls.push((found) => (found === 'stock' ? resolve('eci-1') : reject(eciError('OperationDenied.NoStock')))),
      );
    const options = { groups: { create }, clock, folder, top: 'poll_timeout = 600\nzone_memory = 120', tables: '' };
    const first = await search(options);
    await expect.poll(() => calls.length).toBe(1);
    calls[0]?.('none');
    await expect.poll(() => first.lines).toContainEqual(expect.stringMatching(/^Waiting/));

    const others = await Promise.all(Array.from({ length: 20 }, () => search(options)));
    const all = [first, ...others];
    // The door's time ends, and much later one job is still at it, alone.
    for (let second = 0; second < 200; second++) await letPass(1, clock);
    expect(calls).toHaveLength(2);
    calls[1]?.('stock');
    // Once it is open, the others follow.
    const found = Promise.all(all.map((each) => each.found));
    const letIn = setInterval(() => calls.splice(2).forEach((answer) => answer('stock')), 1);
    await clock.advanceUntil(found).finally(() => clearInterval(letIn));
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
        /^Left out, refused to jobs of this host lately: cn-beijing-h ecs\.c6\.2xlarge spot \(out of stock, 1\.0 s ago\)$/,
      ),
    );
    await clock.advanceUntil(first.found);
  });

  it('is forgotten with a damaged file, or without a folder to write to', async () => {
    const folder = await host();
    const memory = zoneMemory(folder);
    await memory.close('door', { say: 'out of stock', since: 0, until: 1000 });
    expect(await memory.knock('door', 500)).toMatchObject({ kind: 'closed' });
    await writeFile(join(folder, 'doors', 'door.json'), '{"say":');
    expect(await memory.knock('door', 500)).toEqual({ kind: 'open' });
    const nowhere = zoneMemory(join(folder, 'doors', 'door.json'));
    await nowhere.close('door', { say: 'out of stock', since: 0, until: 1000 });
    expect(await nowhere.knock('door', 500)).toEqual({ kind: 'open' });
  });

  it('is free again three minutes after a job that wanted to try it has died', async () => {
    const folder = await host();
    const memory = zoneMemory(folder);
    await memory.close('door', { say: 'out of stock', since: 0, until: 1000 });
    const knocks = [];
    for (const now of [1000, 2000, 182_001, 182_002]) knocks.push((await memory.knock('door', now)).kind);
    expect(knocks).toEqual(['open', 'closed', 'open', 'closed']);
  });
});
