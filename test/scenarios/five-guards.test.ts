import { afterEach, describe, expect, it } from 'vitest';
import type { JobFields } from '../standin/job.ts';
import { leakGroup, runCollector } from '../support/collector-calls.ts';
import { prepareJob } from '../support/prepared-job.ts';
import { startWorld, type World } from '../support/world.ts';

/**
 * Each of the five means by which no machine outlives its job, with the other four switched off: nobody calls cleanup or the collector, the cloud's
 * time stands where deadlines are far away, and agents wait for a day for somebody to log in.
 */
const AGENTS_OFF = 'abandon_after = 86400';

const BUSY: JobFields = { image: 'alpine:3.20', script: ['echo busy-$((1+1))', 'sleep 60'] };

let world: World;
afterEach(() => world.stop());

/** Groups that hold resources and are billed. The records of ended ones are not. */
const billed = (): readonly string[] =>
  world.emulator
    .report()
    .groups.left.filter(({ status }) => !['Succeeded', 'Failed', 'Expired', 'ScheduleFailed'].includes(status))
    .map(({ id }) => id);

const status = (id: string): string | undefined =>
  world.emulator.report().groups.left.find((group) => group.id === id)?.status;

describe('a group is ended, when nothing else does it,', () => {
  it('by cleanup', async () => {
    world = await startWorld({ settings: AGENTS_OFF });
    const job = await prepareJob(world);
    expect(billed()).toHaveLength(1);
    expect((await job.cleanup()).code).toBe(0);
    await world.nothingLeft();
  });

  it('by the collector', async () => {
    world = await startWorld({ settings: AGENTS_OFF });
    const id = await leakGroup(world, BUSY);
    expect((await runCollector(world, [])).stdout).toMatch(/ marked /);
    expect(billed()).toEqual([id]);
    expect((await runCollector(world, ['--grace', '0'])).stdout).toMatch(/ deleted /);
    await world.nothingLeft();
  });

  it("by ActiveDeadlineSeconds: the rest of the job's time and ten minutes", async () => {
    world = await startWorld({ settings: AGENTS_OFF });
    const id = await leakGroup(world, { ...BUSY, timeoutSeconds: 300 });
    await world.emulator.advance(840);
    expect(billed()).toEqual([id]);
    await world.emulator.advance(120);
    await expect.poll(() => status(id), { timeout: 10_000 }).toBe('Failed');
    expect(billed()).toEqual([]);
  });

  it('by MaxPendingMinute, when its images never come: ten minutes is the shortest that ECI takes', async () => {
    world = await startWorld({
      settings: `${AGENTS_OFF}\nimage_pull_timeout = 300`,
      scenario: '[[image]]\nname = "*"\npull_seconds = 86400',
    });
    // Its deadline is an hour away and more.
    const id = await leakGroup(world, { ...BUSY, timeoutSeconds: 3600 }, 'pulling images');
    await world.emulator.advance(570);
    expect([billed(), status(id)]).toEqual([[id], 'Pending']);
    await world.emulator.advance(60);
    await expect.poll(() => status(id), { timeout: 10_000 }).toBe('Failed');
    expect(billed()).toEqual([]);
  });

  it('by its agents, to which nobody logs in any more: both end their containers after abandon_after', async () => {
    world = await startWorld({ settings: 'abandon_after = 15' });
    const id = await leakGroup(world, BUSY);
    expect(billed()).toEqual([id]);
    await expect.poll(() => status(id), { timeout: 40_000 }).toBe('Succeeded');
    expect(billed()).toEqual([]);
  });
});
