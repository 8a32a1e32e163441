import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jobPayload, type JobFields } from '../standin/job.ts';
import { driverOf } from '../standin/run-job.ts';
import { startRunnerProcess } from '../standin/runner-process.ts';
import { DRIVER } from '../support/bundle.ts';
import { startWorld, type World, type WorldOptions } from '../support/world.ts';

let world: World;
afterEach(() => world.stop());

const LONG: JobFields = { image: 'alpine:3.20', script: ['echo busy-$((1+1))', 'sleep 60', 'echo never'] };

/** A runner that is killed at the moment in which the job's log shows a text; the driver that it had started is left alone. */
async function killRunnerAt(text: string, options: WorldOptions = {}, before?: (world: World) => void): Promise<void> {
  world = await startWorld(options);
  before?.(world);
  let seen = '';
  const kill: { now?: () => void } = {};
  const runner = await startRunnerProcess({
    driver: driverOf([process.execPath, DRIVER], ['--config', world.settingsFile]),
    job: jobPayload(LONG),
    environment: world.environment,
    onLog: (chunk) => {
      seen += chunk.toString('utf8');
      if (seen.includes(text)) kill.now?.();
    },
  });
  kill.now = () => runner.kill('SIGKILL');
  if (seen.includes(text)) kill.now();
  await runner.done;
}

/** Without the runner's cleanup, and long before any deadline. */
const nothingIsLeft = async (): Promise<void> => {
  await expect.poll(() => world.emulator.report().groups.left, { timeout: 40_000 }).toEqual([]);
  await expect.poll(() => world.records(), { timeout: 10_000 }).toEqual([]);
};

describe('a driver whose runner is killed', () => {
  it('while it looks for capacity makes no more groups', async () => {
    await killRunnerAt('Waiting for capacity', {
      scenario: '[[stock]]\nanswers = ["no-stock"]',
      settings: 'poll_timeout = 120\npoll_interval = 5',
    });
    const calls = () => world.emulator.requests().filter((call) => call.action === 'CreateContainerGroup').length;
    await nothingIsLeft();
    const before = calls();
    world.emulator.setStock({ zone: '*', type: '*', policy: '*', answers: ['available'], code: '', message: '' });
    await new Promise((resolve) => setTimeout(resolve, 6000));
    expect(calls()).toBe(before);
  });

  it('while its group starts deletes the group and forgets the job', async () => {
    await killRunnerAt('pulling images', { scenario: '[[image]]\nname = "*"\npull_seconds = 60' });
    expect(world.emulator.report().groups.created).toBe(1);
    await nothingIsLeft();
  });

  it('while a create call is under way deletes what comes of it', async () => {
    await killRunnerAt('Looking for capacity', {}, ({ emulator }) =>
      emulator.fault({ action: 'CreateContainerGroup', fault: 'delay', seconds: 4 }),
    );
    await expect.poll(() => world.emulator.report().groups.created, { timeout: 20_000 }).toBe(1);
    await nothingIsLeft();
  });

  it('while a script runs stops the script, deletes the group and forgets the job', async () => {
    await killRunnerAt('busy-2');
    expect(world.emulator.report().groups.left).toHaveLength(1);
    await nothingIsLeft();
  });
});

describe('a driver whose log nobody reads any more', () => {
  beforeEach(async () => {
    world = await startWorld();
  });

  it('goes on to its end: cleanup deletes with closed pipes', async () => {
    const { prepareJob } = await import('../support/prepared-job.ts');
    const prepared = await prepareJob(world);
    expect((await prepared.cleanup({ closedPipes: true })).code).toBe(0);
    await world.nothingLeft();
  });
});
