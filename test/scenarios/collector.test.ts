import { readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type CollectorScope, collectorFile } from '../../src/collector/scope.ts';
import { readMarks } from '../../src/collector/marks.ts';
import { recordFolder } from '../../src/state/state-folder.ts';
import type { JobFields } from '../standin/job.ts';
import { type GcEnd, groupsLeft, leakGroup, runCollector, scopeOf } from '../support/collector-calls.ts';
import { otherManager } from '../support/other-manager.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.stop());

const LONG: JobFields = { image: 'alpine:3.20', script: ['echo busy-$((1+1))', 'sleep 60'] };

const gc = (...args: readonly string[]): Promise<GcEnd> => runCollector(world, args);
const left = (): readonly string[] => groupsLeft(world);
const leak = (): Promise<string> => leakGroup(world, LONG);
const scope = (): CollectorScope => scopeOf(world);
const marked = async (): Promise<Readonly<Record<string, number>>> => (await readMarks(scope())).needless;

/** Makes the job records older than any job that has no group yet. Resolves with their names. */
async function ageRecords(): Promise<readonly string[]> {
  const folder = recordFolder(scope().stateDir);
  const names = await readdir(folder);
  const then = new Date(Date.now() - 600_000);
  await Promise.all(names.map((name) => utimes(join(folder, name), then, then)));
  return names;
}

describe('the collector', () => {
  it('marks the group of a killed runner in one run, and deletes it in a later one', async () => {
    world = await startWorld();
    const id = await leak();
    const first = await gc('--grace', '1s');
    expect(first.code).toBe(0);
    expect(first.stdout).toMatch(
      new RegExp(`^${id} +\\d+ +Running +0 min +marked +its runner has ended \\(process \\d+\\)$`, 'm'),
    );
    expect(left()).toEqual([id]);
    await expect
      .poll(async () => (await gc('--grace', '1s')).stdout, { timeout: 20_000 })
      .toMatch(/ deleted +its runner/);
    await world.nothingLeft();
    expect((await gc()).stdout).toBe('No groups of this manager.\n');
  });

  it('tells in a dry run what it would do, and does nothing', async () => {
    world = await startWorld();
    const id = await leak();
    for (let run = 0; run < 2; run++) {
      expect((await gc('--dry-run')).stdout).toMatch(/ kept +its runner has ended \(process \d+\); would be marked$/m);
    }
    expect((await gc('--dry-run', '--grace', '0')).stdout).toMatch(/; would be deleted$/m);
    expect(left()).toEqual([id]);
  });

  it('leaves a job alone that runs, however often and hastily it looks', async () => {
    world = await startWorld();
    let looked: Promise<GcEnd[]> | undefined;
    const result = await world.run(
      { ...LONG, script: ['echo busy-$((1+1))', 'sleep 5', 'echo done'] },
      {
        onLog: (chunk) => {
          if (chunk.toString('utf8').includes('busy-2'))
            looked ??= Promise.all([gc('--grace', '0'), gc('--grace', '0')]);
        },
      },
    );
    expect((await looked)?.map(({ stdout }) => stdout)).toEqual(Array(2).fill('1 group of living jobs, left alone.\n'));
    expect(result.state).toBe('success');
  });

  it('needs no record: the tags tell who made a group', async () => {
    world = await startWorld();
    await leak();
    await rm(join(world.folder, 'state', 'jobs'), { recursive: true });
    expect((await gc('--grace', '0')).stdout).toMatch(/ deleted +its runner has ended/);
    await world.nothingLeft();
  });

  it("leaves another host's group alone until it is past its own deadline", async () => {
    world = await startWorld();
    const id = await leak();
    // What another host's collector knows: the settings, and nothing of this one's state.
    await rm(join(world.folder, 'state'), { recursive: true });
    expect((await gc('--grace', '0', '--dry-run')).stdout).toMatch(/ kept +another host made it$/m);
    await gc('--grace', '0');
    expect(left()).toEqual([id]);
    await world.emulator.advance(3 * 3600);
    expect((await gc('--grace', '0')).stdout).toMatch(new RegExp(`^${id} .* deleted +it is past its deadline$`, 'm'));
  });

  it("does not see another manager's groups, and leaves its marks and records alone in a state folder that both use", async () => {
    world = await startWorld();
    const id = await leak();
    await gc();
    const records = await ageRecords();
    const other = { ...world, settingsFile: await otherManager(world) };
    expect((await runCollector(other, ['--grace', '0'])).stdout).toBe('No groups of this manager.\n');
    expect(left()).toEqual([id]);
    expect(await marked()).toHaveProperty(id);
    expect(await readdir(recordFolder(scope().stateDir))).toEqual(records);
  });

  it('gives programs a list', async () => {
    world = await startWorld();
    const id = await leak();
    const listed: unknown = JSON.parse((await gc('--json')).stdout);
    expect(listed).toMatchObject([{ id, status: 'Running', what: 'marked' }]);
    expect(listed).toHaveProperty('[0].age');
  });

  it('says what is wrong with a grace that is no duration, and asks nothing', async () => {
    world = await startWorld();
    const { code, stderr } = await gc('--grace', 'soon');
    expect(code).toBe(2);
    expect(stderr).toContain('--grace soon is no duration');
    expect(world.emulator.requests()).toEqual([]);
  });

  it('says so when it cannot keep its marks, without which it would never delete anything', async () => {
    world = await startWorld();
    const id = await leak();
    await writeFile(join(world.folder, 'state', 'collector'), 'no folder');
    const { code, stdout, stderr } = await gc('--json');
    expect(code).toBe(2);
    expect(stderr).toMatch(/The state folder \S+ cannot be written \(E\w+\)\./);
    expect(stderr).toContain('Create it for the user of GitLab Runner');
    // Programs read there.
    expect(stdout).toBe('');
    expect(left()).toEqual([id]);
  });

  it('works by the way in the cleanup of other jobs, once in ten minutes', async () => {
    world = await startWorld();
    const id = await leak();
    const stamp = collectorFile(scope(), 'last');
    const short = { image: 'alpine:3.20', script: ['true'] };
    await world.run(short);
    expect(left()).toEqual([id]);
    const age = async (minutes: number) => {
      const then = new Date(Date.now() - minutes * 60_000);
      await utimes(stamp, then, then);
    };
    await age(9);
    await world.run(short);
    expect(await marked()).toEqual({});
    await age(11);
    await world.run(short);
    expect(await marked()).toHaveProperty(id);
  });

  it('forgets the record, and the keys in it, of a dead job that has no group any more', async () => {
    world = await startWorld();
    const id = await leak();
    world.emulator.removeGroup(id);
    await world.nothingLeft();
    const folder = recordFolder(scope().stateDir);
    const records = await readdir(folder);
    expect(records).toHaveLength(1);
    await gc();
    // It could be of a job that has written it, and not made its group yet.
    expect(await readdir(folder)).toEqual(records);
    await ageRecords();
    await gc();
    expect(await readdir(folder)).toEqual([]);
  });

  it('removes what a killed process has left of a record, and nothing of a job that is known', async () => {
    world = await startWorld();
    await leak();
    const folder = recordFolder(scope().stateDir);
    const [known = ''] = await readdir(folder);
    const then = new Date(Date.now() - 3 * 86_400_000);
    const fresh = 'b.json.0123456789ab';
    for (const name of ['a.json.0123456789ab', 'a.json.lost', 'of-a-newer-version.json', fresh, `${known}.lost`]) {
      await writeFile(join(folder, name), '{"version":2}');
      if (name !== fresh) await utimes(join(folder, name), then, then);
    }
    await gc('--dry-run');
    expect(await readdir(folder)).toHaveLength(6);
    await gc();
    expect((await readdir(folder)).sort()).toEqual([fresh, known, `${known}.lost`].sort());
  });
});
