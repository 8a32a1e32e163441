import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { driverOf } from '../standin/run-job.ts';
import { DRIVER } from '../support/bundle.ts';
import { otherManager } from '../support/other-manager.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.stop());

/** Other users of the account have left this much of it. */
const LITTLE_LEFT = ['CreateContainerGroup', 'DescribeContainerGroups', 'DeleteContainerGroup']
  .map((action) => `[[throttle]]\naction = "${action}"\nburst = 2\nper_second = 2`)
  .join('\n');

const JOBS_EACH = 4;

it('two managers on an account that has few calls left: ECI throttles them, and every job is green', async () => {
  world = await startWorld({ scenario: LITTLE_LEFT, settings: 'poll_interval = 1\npoll_timeout = 120' });
  const runs = [world.settingsFile, await otherManager(world, 'other-state')].flatMap((file, manager) =>
    Array.from({ length: JOBS_EACH }, (_, index) => {
      const job = { id: 1000 * (manager + 1) + index, image: 'alpine:3.20', script: ['true'] };
      return world.run(job, { driver: driverOf([process.execPath, DRIVER], ['--config', file]) });
    }),
  );
  const results = await Promise.all(runs);
  expect(results.map(({ state }) => state)).toEqual(results.map(() => 'success'));
  expect(world.emulator.requests().some(({ code }) => code === 'Throttling.User')).toBe(true);
  await world.nothingLeft();
  for (const state of ['state', 'other-state'])
    expect(await readdir(join(world.folder, state, 'calls'))).toContain('cn-beijing_CreateContainerGroup.json');
}, 180_000);
