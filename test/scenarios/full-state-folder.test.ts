import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type JobCalls, startJobCalls } from '../support/job-calls.ts';
import { noSmallDisk } from '../support/no-small-disk.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.stop());

/** KiB: room for what one job writes. */
const SIZE = 64;

async function worldOnSmallDisk(): Promise<{ calls: JobCalls; fill: () => Promise<void> }> {
  world = await startWorld({ stateDisk: SIZE });
  const folder = join(world.folder, 'state');
  const fill = async (): Promise<void> => {
    const block = Buffer.alloc(1024);
    for (let written = 0; written <= SIZE; written++)
      await appendFile(join(folder, 'filler'), block).catch(() => undefined);
  };
  return { calls: await startJobCalls(world), fill };
}

const call = (calls: JobCalls, ...args: readonly string[]) => calls.start(args).end;
const build = async (calls: JobCalls) => (await calls.startRun('echo built')).end;

const note = noSmallDisk === undefined ? '' : ` (${noSmallDisk})`;

describe.skipIf(noSmallDisk !== undefined)(`a state folder${note}`, () => {
  it('whose disk is full before prepare makes no group, and says what to do', async () => {
    const { calls, fill } = await worldOnSmallDisk();
    await fill();
    const { code, stdout } = await call(calls, 'prepare');
    expect(code).toBe(2);
    expect(stdout.toString()).toMatch(/The state folder \S+ cannot be written \(ENOSPC\)\.[^]*or set state_dir\./);
    expect((await call(calls, 'cleanup')).code).toBe(0);
    expect(world.emulator.report().groups.created).toBe(0);
  });

  it('whose disk is full from then on runs the job to its end, and forgets it', async () => {
    const { calls, fill } = await worldOnSmallDisk();
    expect((await call(calls, 'prepare')).code).toBe(0);
    await fill();
    const { code, stdout } = await build(calls);
    expect([code, stdout.toString()]).toEqual([0, 'built\n']);
    expect(await call(calls, 'cleanup')).toMatchObject({ code: 0, stderr: '' });
    await world.nothingLeft();
    expect(await world.records()).toEqual([]);
  });

  it('that cannot be written any more runs the job to its end, deletes its group, and says that its record stays', async () => {
    const { calls } = await worldOnSmallDisk();
    expect((await call(calls, 'prepare')).code).toBe(0);
    await world.stateDisk?.readOnly();
    const { code, stdout } = await build(calls);
    expect([code, stdout.toString()]).toEqual([0, 'built\n']);
    const cleanup = await call(calls, 'cleanup');
    expect([cleanup.code, cleanup.stderr]).toEqual([0, '']);
    expect(cleanup.stdout.toString()).toMatch(
      /WARNING: The record \S+ cannot be removed \(EROFS\)\. Its keys are of a group that is gone; remove it by hand\./,
    );
    await world.nothingLeft();
  });

  it('whose disk fills up while it looks for capacity leaves no group behind, and says so', async () => {
    const { calls, fill } = await worldOnSmallDisk();
    world.emulator.fault({ action: 'CreateContainerGroup', fault: 'delay', seconds: 3 });
    const prepare = calls.start(['prepare']);
    await prepare.shown('Looking for capacity');
    await expect.poll(() => world.records(), { timeout: 20_000 }).toHaveLength(1);
    await fill();
    const { code, stdout } = await prepare.end;
    expect(code).toBe(2);
    expect(stdout.toString()).toMatch(/The state folder \S+ cannot be written \(ENOSPC\)\./);
    await world.nothingLeft();
    expect((await call(calls, 'cleanup')).code).toBe(0);
    await rm(join(world.folder, 'state', 'filler'));
    expect(await world.records()).toEqual([]);
  });
});
