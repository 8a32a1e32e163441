import { expect, it, onTestFinished } from 'vitest';
import { startCoordinator } from '../coordinator/coordinator.ts';
import { jobPayload } from '../standin/job.ts';
import { driversOf } from '../support/drivers-of.ts';
import { runCollector } from '../support/collector-calls.ts';
import type { WorldOptions } from '../support/world.ts';
import { LONG, slowImages } from './cases/case.ts';
import { describeReal, ownWorld } from './own-job.ts';
import { startRealRunner, TOKEN } from './real-runner.ts';

const MOMENTS: readonly (readonly [string, string, WorldOptions])[] = [
  ['prepare', 'pulling images', slowImages(600)],
  ['its script', 'go-2', {}],
];

describeReal('a real runner that is killed (SIGKILL) with the driver that it has started', () => {
  it.each(MOMENTS)('during %s leaves a group, and the collector leaves none', async (_, text, options) => {
    const world = await ownWorld(options);
    const coordinator = await startCoordinator(TOKEN);
    onTestFinished(() => coordinator.close());
    let seen = '';
    coordinator.queue(jobPayload(LONG), (chunk) => (seen += chunk.toString('utf8')));
    const runner = await startRealRunner(world, coordinator.url);
    onTestFinished(async () => void (await runner.end()));
    await expect.poll(() => seen, { timeout: 40_000 }).toContain(text);

    const drivers = await driversOf(world);
    expect(drivers).toHaveLength(1);
    runner.signal('SIGKILL');
    for (const pid of drivers) process.kill(pid, 'SIGKILL');
    await runner.exited;
    const left = world.emulator.report().groups.left;
    expect(left).toHaveLength(1);

    expect((await runCollector(world, [])).stdout).toMatch(/ marked +its runner has ended/);
    expect((await runCollector(world, ['--grace', '0'])).stdout).toMatch(/ deleted +its runner has ended/);
    await world.nothingLeft();
  });
});
