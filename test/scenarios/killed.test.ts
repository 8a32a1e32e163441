import { watch } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { callArrives } from '../support/call-arrives.ts';
import { type JobCalls, type StartedCall, startJobCalls } from '../support/job-calls.ts';
import { PREPARE_PHASES } from '../support/prepare-phases.ts';
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
    // It asks for no prices here: the first call creates.
    const arrived = callArrives(world);
    const call = calls.start(['prepare']);
    await arrived;
    call.child.kill('SIGKILL');
    await call.end;
    expect((await calls.start(['cleanup']).end).code).toBe(0);
    expect(world.emulator.report().groups.created).toBe(1);
    await nothingIsLeft();
  });

  /** Signs of life before it is killed: over all that a quick prepare gives. */
  const MOMENTS = Array.from({ length: 16 }, (_, index) => 2 * index);

  it('at any moment leaves nothing behind its cleanup', async () => {
    world = await startWorld();
    const killAfter = async (signs: number): Promise<void> => {
      const calls = await startJobCalls(world);
      await mkdir(dirname(calls.recordFile), { recursive: true, mode: 0o700 });
      const call = calls.start(['prepare']);
      await Promise.race([givesSigns(calls, call, signs), call.end]);
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

/** Resolves when a call has so many times printed something, or touched the record of its job. */
const givesSigns = ({ recordFile }: JobCalls, { child, end }: StartedCall, signs: number): Promise<void> =>
  new Promise((resolve) => {
    let seen = 0;
    const look = (): void => void (seen++ === signs && resolve());
    const files = watch(dirname(recordFile), (_, name) => name?.startsWith(basename(recordFile)) && look());
    child.stdout.on('data', look);
    child.once('spawn', look);
    void end.finally(() => files.close());
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
