import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobFields } from '../standin/job.ts';
import { driverOf } from '../standin/run-job.ts';
import { DRIVER } from '../support/bundle.ts';
import { runCollector } from '../support/collector-calls.ts';
import { otherManager } from '../support/other-manager.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld({ tables: '[spot]\navoid_after_reclaim = true' });
});
afterEach(() => world.stop());

const SHORT: JobFields = { image: 'alpine:3.20', script: ['true'] };
const TELLS = /^An earlier try of this job has lost its spot instance eci-\S+: on-demand comes first\.$/m;

/** A job that loses its spot instance as soon as its log shows a text. */
async function loseSpotAt(text: string, job: JobFields) {
  let log: Buffer = Buffer.alloc(0);
  let id = '';
  const result = await world.run(job, {
    onLog: (chunk) => {
      log = Buffer.concat([log, chunk]);
      if (id !== '' || !log.includes(text)) return;
      id = world.emulator.report().groups.left[0]?.id ?? 'none';
      world.emulator.reclaim(id, 0);
    },
  });
  return { result, id };
}

/** In its script. Resolves with the group's id. */
async function loseSpot(job: JobFields): Promise<string> {
  const { result, id } = await loseSpotAt('go-2', { ...SHORT, script: ['echo go-$((1+1))', 'sleep 60'], ...job });
  expect(result.failureReason).toBe('runner_system_failure');
  expect(world.text(result)).not.toMatch(TELLS);
  return id;
}

/** Price policy of the last create call. */
const lastPolicy = (): string | undefined =>
  world.emulator.requests().findLast(({ action }) => action === 'CreateContainerGroup')?.parameters.SpotStrategy;

const left = (): readonly (readonly [string, string])[] =>
  world.emulator.report().groups.left.map(({ id, status }) => [id, status] as const);

describe('a retry of a job that has lost its spot instance', () => {
  it('looks for on-demand first, though GitLab has given it another id', async () => {
    const id = await loseSpot({ id: 100, name: 'test: [a, b]' });
    // The sign: it holds no resources.
    await expect.poll(left, { timeout: 10_000 }).toEqual([[id, 'Expired']]);
    const retry = await world.run({ ...SHORT, id: 101, name: 'test: [a, b]' });
    expect(world.text(retry)).toMatch(TELLS);
    expect(world.text(retry)).toMatch(/: 2 zones, 2 types, on-demand, then spot \(SpotAsPriceGo\)$/m);
    expect([retry.state, lastPolicy()]).toEqual(['success', 'NoSpot']);
    await expect.poll(left, { timeout: 10_000 }).toEqual([[id, 'Expired']]);
  });

  it('does so with another manager, too', async () => {
    await loseSpot({ id: 100 });
    const driver = driverOf([process.execPath, DRIVER], ['--config', await otherManager(world, 'other')]);
    const retry = await world.run({ ...SHORT, id: 101 }, { driver });
    expect(world.text(retry)).toMatch(TELLS);
    expect(lastPolicy()).toBe('NoSpot');
  });

  it('takes spot again when ECI does not show the lost group any more', async () => {
    world.emulator.removeGroup(await loseSpot({ id: 100 }));
    const retry = await world.run({ ...SHORT, id: 101 });
    expect(world.text(retry)).not.toMatch(TELLS);
    expect([retry.state, lastPolicy()]).toEqual(['success', 'SpotAsPriceGo']);
  });

  it('does so within the job when it was lost before the job was ready', async () => {
    const { result, id } = await loseSpotAt('Starting eci-', SHORT);
    expect(world.text(result)).toMatch(TELLS);
    expect([result.state, lastPolicy()]).toEqual(['success', 'NoSpot']);
    await expect.poll(left, { timeout: 10_000 }).toEqual([[id, 'Expired']]);
  });

  it('has nothing to do with another job of the pipeline', async () => {
    await loseSpot({ id: 100, name: 'one' });
    await world.run({ ...SHORT, id: 101, name: 'another' });
    expect(lastPolicy()).toBe('SpotAsPriceGo');
  });
});

describe('the sign of a lost spot instance', () => {
  it('is left alone by the collector until the deadline of its job', async () => {
    const id = await loseSpot({ id: 100, timeoutSeconds: 300 });
    await expect.poll(left, { timeout: 10_000 }).toEqual([[id, 'Expired']]);
    expect((await runCollector(world, ['--grace', '0', '--dry-run'])).stdout).toMatch(
      / kept +it was reclaimed, and shows retries that$/m,
    );
    await runCollector(world, ['--grace', '0']);
    expect(left()).toEqual([[id, 'Expired']]);
    await world.emulator.advance(3000);
    await runCollector(world, ['--grace', '0']);
    await world.nothingLeft();
  });
});
