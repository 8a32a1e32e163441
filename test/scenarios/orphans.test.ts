import { afterEach, describe, expect, it } from 'vitest';
import { jobPayload, type JobFields } from '../standin/job.ts';
import { driverOf } from '../standin/run-job.ts';
import { startRunnerProcess } from '../standin/runner-process.ts';
import { DRIVER } from '../support/bundle.ts';
import { driversOf } from '../support/drivers-of.ts';
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
    await nothingIsLeft();
    // The last thing that the driver did: nothing of it can make a group later.
    await expect.poll(() => driversOf(world), { timeout: 20_000 }).toEqual([]);
    expect(world.emulator.report().groups.created).toBe(0);
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

  it('at the last moment of prepare deletes the group and forgets the job', async () => {
    await killRunnerAt(' created, ');
    expect(world.emulator.report().groups.created).toBe(1);
    await nothingIsLeft();
  });

  it('while a script runs deletes the group, and the script with it, and forgets the job', async () => {
    await killRunnerAt('busy-2');
    expect(world.emulator.report().groups.left).toHaveLength(1);
    await nothingIsLeft();
  });
});
