import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { jobPayload, type JobFields } from '../standin/job.ts';
import { startWorld, type World, type WorldOptions } from '../support/world.ts';
import { GITLAB_RUNNER, type RealJob, startRealJob } from './run-real.ts';

/** What `test/scenarios/orphans.test.ts` shows with the stand-in. */

let world: World;
afterEach(() => world.stop());

const LONG: JobFields = { image: 'alpine:3.20', script: ['echo busy-$((1+1))', 'sleep 60', 'echo never'] };
const SLOW_IMAGES: WorldOptions = { scenario: '[[image]]\nname = "*"\npull_seconds = 60' };

const CASES: readonly { name: string; at: string; stages: readonly string[]; end: (job: RealJob) => void }[] = [
  {
    name: 'is killed while a group starts',
    at: 'pulling images',
    stages: ['config', 'prepare'],
    end: (job) => job.signalRunner('SIGKILL'),
  },
  {
    name: 'is killed while a script runs',
    at: 'busy-2',
    stages: ['config', 'prepare', 'prepare_script', 'get_sources', 'build_script'],
    end: (job) => job.signalRunner('SIGKILL'),
  },
  {
    name: 'gets SIGTERM while a group starts, and its shutdown_timeout is over before',
    at: 'pulling images',
    stages: ['config', 'prepare'],
    end: (job) => job.signalRunner('SIGTERM'),
  },
];

const note = GITLAB_RUNNER === '' ? ' (skipped: GITLAB_RUNNER names no binary)' : '';

describe.skipIf(GITLAB_RUNNER === '')(`the driver of a real runner that has gone${note}`, () => {
  it.each(CASES.map((each) => [each.name, each] as const))('because it %s leaves nothing', async (_name, each) => {
    world = await startWorld(each.stages.length === 2 ? SLOW_IMAGES : {});
    let seen = '';
    const job = await startRealJob(world, jobPayload(LONG), {
      shutdownTimeoutSeconds: 1,
      onLog: (chunk) => {
        const before = seen.includes(each.at);
        seen += chunk.toString('utf8');
        if (!before && seen.includes(each.at)) each.end(job);
      },
    });
    onTestFinished(() => job.signalRunner('SIGKILL'));
    const result = await job.done;
    expect(result).toMatchObject({ state: 'running', stages: each.stages });
    expect(world.emulator.report().groups.created).toBe(1);
    await expect.poll(() => world.emulator.report().groups.left, { timeout: 40_000 }).toEqual([]);
    await expect.poll(() => world.records(), { timeout: 10_000 }).toEqual([]);
  });
});
