import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readMarks } from '../../src/collector/marks.ts';
import { recordFolder } from '../../src/state/state-folder.ts';
import { clientOf } from '../emulator/cloud-under-test.ts';
import type { JobFields } from '../standin/job.ts';
import { type GcEnd, groupsLeft, leakGroup, runCollector, scopeOf } from '../support/collector-calls.ts';
import { otherManager } from '../support/other-manager.ts';
import { prepareJob } from '../support/prepared-job.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.stop());

const LONG: JobFields = { image: 'alpine:3.20', script: ['echo busy-$((1+1))', 'sleep 60'] };
const gc = (...args: readonly string[]): Promise<GcEnd> => runCollector(world, args);
const LIVING = '1 group of living jobs, left alone.\n';

/** Seconds of the cloud's time that no job's group outlives. */
const BEYOND_DEADLINE = 3 * 3600;
const TWO_HOURS = 7200;

/** From now on every process of the driver takes the time for another one, so many seconds away. */
async function setClock(seconds: number): Promise<void> {
  const file = join(world.folder, 'clock.cjs');
  await writeFile(
    file,
    `const Real = Date;
globalThis.Date = class extends Real {
  constructor(...given) { given.length === 0 ? super(Real.now() + ${seconds * 1000}) : super(...given); }
  static now() { return Real.now() + ${seconds * 1000}; }
};`,
  );
  world.environment.NODE_OPTIONS = `--require=${file}`;
}

describe('a job whose runner lives', () => {
  it("is given up when the runner's folder for it has gone between two passes, and not when it is back", async () => {
    world = await startWorld();
    const { TMPDIR = '' } = world.environment;
    // The test is its runner.
    await prepareJob(world);
    expect((await gc('--grace', '0')).stdout).toBe(LIVING);
    await rm(TMPDIR, { recursive: true });
    expect((await gc()).stdout).toMatch(/ marked +its runner has given the job up$/m);
    await mkdir(TMPDIR);
    expect((await gc('--grace', '0')).stdout).toBe(LIVING);
    expect((await readMarks(scopeOf(world))).needless).toEqual({});
    await rm(TMPDIR, { recursive: true });
    await gc();
    expect((await gc('--grace', '0')).stdout).toMatch(/ deleted +its runner has given the job up$/m);
    await world.nothingLeft();
    await mkdir(TMPDIR);
  });

  it.each(['pidNamespace', 'mountNamespace'])('cannot be judged from another %s', async (namespace) => {
    world = await startWorld();
    await leakGroup(world, LONG);
    const folder = recordFolder(scopeOf(world).stateDir);
    const file = join(folder, (await readdir(folder))[0] ?? '');
    const record = JSON.parse(await readFile(file, 'utf8')) as { caller: Record<string, unknown> };
    await writeFile(file, JSON.stringify({ ...record, caller: { ...record.caller, [namespace]: '1' } }));
    expect((await gc('--grace', '0')).stdout).toBe(LIVING);
    expect((await gc('--dry-run')).stdout).toMatch(/ kept +its runner lives in another namespace$/m);
  });
});

describe('clocks that differ', () => {
  const livesUntilItsDeadline = async (): Promise<void> => {
    await prepareJob(world);
    expect((await gc('--grace', '0')).stdout).toBe(LIVING);
    await world.emulator.advance(BEYOND_DEADLINE);
    expect((await gc('--grace', '0')).stdout).toMatch(/ deleted +it is past its deadline$/m);
  };

  it.each([TWO_HOURS, -TWO_HOURS])('by %i s, the manager’s, do no harm where ECI takes its calls', async (seconds) => {
    world = await startWorld();
    await setClock(seconds);
    world.emulator.skewClock(seconds);
    await livesUntilItsDeadline();
  });

  it.each([TWO_HOURS, -TWO_HOURS])('by %i s, the cloud’s, do no harm', async (seconds) => {
    world = await startWorld();
    await world.emulator.advance(seconds);
    await livesUntilItsDeadline();
  });

  it('so much that ECI refuses the calls are named, and nothing is deleted', async () => {
    world = await startWorld();
    const id = await leakGroup(world, LONG);
    await gc();
    await setClock(TWO_HOURS);
    const { code, stderr } = await gc('--grace', '0');
    expect(code).toBe(2);
    expect(stderr).toContain("the manager's clock is wrong by more than 15 minutes");
    expect(groupsLeft(world)).toEqual([id]);
  });
});

describe('groups in one account', () => {
  it("are deleted when they are this manager's, and untouched when they are another manager's or a person's", async () => {
    world = await startWorld();
    const own = await leakGroup(world, LONG);
    const others = await leakGroup({ ...world, settingsFile: await otherManager(world) }, LONG);
    const ofAPerson = [];
    for (const tags of [[], [['managed-by', 'gitlab-eci-executor']], [['gitlab-eci-manager', 'test']]]) {
      const { ContainerGroupId } = await clientOf(world.emulator).call('CreateContainerGroup', {
        ContainerGroupName: 'mine',
        VSwitchId: 'vsw-h',
        SecurityGroupId: 'sg-emulator',
        Cpu: 2,
        Memory: 4,
        Container: [{ Name: 'mine', Image: 'nginx:1', Command: ['sleep', '60'] }],
        Tag: [...tags, ['gitlab-eci-seconds', '60']].map(([Key, Value]) => ({ Key, Value })),
      });
      ofAPerson.push(ContainerGroupId);
    }
    await world.emulator.advance(BEYOND_DEADLINE);
    const { stdout } = await gc('--grace', '0', '--json');
    expect(JSON.parse(stdout)).toMatchObject([{ id: own, what: 'deleted' }]);
    await expect.poll(() => groupsLeft(world), { timeout: 10_000 }).not.toContain(own);
    expect(groupsLeft(world)).toEqual([others, ...ofAPerson]);
  });

  it('that cannot be deleted stand in the table, and the exit code tells', async () => {
    world = await startWorld();
    const id = await leakGroup(world, LONG);
    world.emulator.fault({
      action: 'DeleteContainerGroup',
      fault: 'refuse',
      times: 1000,
      code: 'Forbidden.RAM',
      http_status: 403,
    });
    const { code, stdout, stderr } = await gc('--grace', '0');
    expect(code).toBe(2);
    expect(stdout).toMatch(new RegExp(`^${id} .* not deleted +its runner has ended .*; .*Forbidden\\.RAM`, 'm'));
    expect(stderr).toContain('1 container group may not be deleted.');
    world.emulator.clearFaults();
  });

  it('are told to programs by a dry run, which does nothing', async () => {
    world = await startWorld();
    const id = await leakGroup(world, LONG);
    const { code, stdout } = await gc('--dry-run', '--json', '--grace', '0');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([
      { id, what: 'kept', why: expect.stringMatching(/; would be deleted$/) as string },
    ]);
    expect(groupsLeft(world)).toEqual([id]);
    expect(await readMarks(scopeOf(world))).toEqual({ needless: {}, ending: {} });
  });
});
