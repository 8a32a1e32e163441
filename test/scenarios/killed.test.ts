import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { startJobCalls } from '../support/job-calls.ts';
import { createSent, PREPARE_PHASES } from '../support/prepare-phases.ts';
import { prepareJob } from '../support/prepared-job.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.stop());

const nothingIsLeft = async (): Promise<void> => {
  await world.nothingLeft();
  expect(await world.records()).toEqual([]);
};

describe('prepare that is killed (SIGKILL), and has no farewell,', () => {
  it.each(PREPARE_PHASES)(
    'while $name leaves what the cleanup after it finds',
    async ({ world: options, before, reached }) => {
      world = await startWorld(options);
      before?.(world);
      const calls = await startJobCalls(world);
      const call = calls.start(['prepare']);
      await reached(calls, call);
      call.child.kill('SIGKILL');
      expect((await call.end).signal).toBe('SIGKILL');
      expect((await calls.start(['cleanup']).end).code).toBe(0);
      await nothingIsLeft();
    },
  );

  it('when ECI has the create call and has not done its work yet: cleanup waits for the group', async () => {
    world = await startWorld();
    world.emulator.fault({ action: 'CreateContainerGroup', fault: 'delay', seconds: 6 });
    const calls = await startJobCalls(world);
    const call = calls.start(['prepare']);
    await createSent(calls);
    // On its way, whatever the machine's load.
    await sleep(2000);
    call.child.kill('SIGKILL');
    await call.end;
    expect((await calls.start(['cleanup']).end).code).toBe(0);
    expect(world.emulator.report().groups.created).toBe(1);
    await nothingIsLeft();
  });

  /** Milliseconds from its start, over all that a quick prepare does. */
  const MOMENTS = Array.from({ length: 16 }, (_, index) => 100 + 60 * index);

  it('at any moment leaves nothing behind its cleanup', async () => {
    world = await startWorld();
    const killAfter = async (moment: number): Promise<void> => {
      const calls = await startJobCalls(world);
      const call = calls.start(['prepare']);
      await sleep(moment);
      call.child.kill('SIGKILL');
      await call.end;
      expect((await calls.start(['cleanup']).end).code).toBe(0);
    };
    const moments = [...MOMENTS];
    const lane = async (): Promise<void> => {
      for (let next = moments.shift(); next !== undefined; next = moments.shift()) await killAfter(next);
    };
    await Promise.all([lane(), lane(), lane()]);
    await nothingIsLeft();
    const { created } = world.emulator.report().groups;
    // Some before the create call, some after it: a sweep that meets only one of the two shows nothing.
    expect(created).toBeGreaterThan(0);
    expect(created).toBeLessThan(MOMENTS.length);
  }, 180_000);
});

describe('run that is killed (SIGKILL)', () => {
  it('leaves the group to the stages that follow, and cleanup deletes it', async () => {
    world = await startWorld();
    const job = await prepareJob(world);
    const call = await job.startRun('echo go; sleep 60');
    await call.shown('go');
    call.child.kill('SIGKILL');
    await call.end;
    expect((await job.run('echo after', 'after_script')).stdout.toString()).toBe('after\n');
    expect((await job.cleanup()).code).toBe(0);
    await nothingIsLeft();
  });
});

describe('cleanup that is killed (SIGKILL)', () => {
  it.each([
    ['before ECI has taken the deletion', 'delay'],
    ['when ECI has taken it, and the answer has not come', 'stall'],
  ] as const)('%s is followed by one that ends it', async (_, fault) => {
    world = await startWorld();
    const job = await prepareJob(world);
    const { machine } = await job.record();
    world.emulator.fault({ action: 'DeleteContainerGroup', fault: 'internal-error', times: 1 });
    world.emulator.fault({ action: 'DeleteContainerGroup', fault, seconds: 3 });
    const call = job.start(['cleanup']);
    await expect
      .poll(() => world.emulator.requests().some(({ action }) => action === 'DeleteContainerGroup'), {
        timeout: 20_000,
      })
      .toBe(true);
    if (fault === 'stall')
      await expect
        .poll(() => world.emulator.report().groups.left.map(({ id }) => id), { timeout: 20_000 })
        .not.toContain(machine.groupId);
    call.child.kill('SIGKILL');
    await call.end;
    expect((await job.cleanup()).code).toBe(0);
    await nothingIsLeft();
  });
});
