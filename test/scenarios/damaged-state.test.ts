import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { DAMAGES } from '../support/damages.ts';
import { type JobCalls, startJobCalls } from '../support/job-calls.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.stop());

/** Every kind of file that nothing of a job depends on: the first zone is empty, and prices are asked for. */
const WITH_ALL_FILES = {
  settings: 'order = "price"\nzone_memory = 120',
  scenario: '[[stock]]\nzone = "cn-beijing-h"\nanswers = ["no-stock"]',
};
const BESIDE = [/^host-id$/, /^doors\/.*\.json$/, /^prices\/.*\.json$/, /^collector\/.*\.last$/, /^driver\.log$/];
/** Those are made by hand: a mark needs a dead job, a claim one that is at it. */
const MADE = ['collector/cn-beijing.test.json', 'doors/other.json.probe'];

const stateDir = (): string => join(world.folder, 'state');

/** Files of the state folder beside job records, each of them once. */
async function filesBeside(): Promise<readonly string[]> {
  const found = await readdir(stateDir(), { recursive: true, withFileTypes: true });
  const files = found
    .filter((each) => each.isFile())
    .map((each) => relative(stateDir(), join(each.parentPath, each.name)));
  return files.filter((file) => !file.startsWith('jobs/'));
}

const call = async (calls: JobCalls, ...args: readonly string[]) => calls.start(args).end;

describe('the files of the state folder that no job depends on', () => {
  it.each(DAMAGES)('may be $name before each call of a job, and it is as green as ever', async ({ to }) => {
    world = await startWorld(WITH_ALL_FILES);
    expect((await world.run({ image: 'alpine:3.20', script: ['true'] })).state).toBe('success');
    for (const file of MADE) await writeFile(join(stateDir(), file), '{"version":1,"marks":{}}');
    const files = await filesBeside();
    for (const name of BESIDE) expect(files).toContainEqual(expect.stringMatching(name));
    const damage = async (): Promise<void> => {
      for (const file of files) {
        const path = join(stateDir(), file);
        // What is out of reach takes its neighbours with it; the folder of all of them is another test's.
        if (dirname(file) === '.' && to === DAMAGES.at(-1)?.to) continue;
        await mkdir(dirname(path), { recursive: true }).catch(() => undefined);
        await readFile(path).catch(() => writeFile(path, 'as it was').catch(() => undefined));
        await to(path);
      }
    };
    const calls = await startJobCalls(world);
    await damage();
    expect((await call(calls, 'prepare')).code).toBe(0);
    await damage();
    const { code, stdout } = await (await calls.startRun('echo built')).end;
    expect([code, stdout.toString()]).toEqual([0, 'built\n']);
    await damage();
    expect(await call(calls, 'cleanup')).toMatchObject({ code: 0, stderr: '' });
    await world.nothingLeft();
    expect(await world.records()).toEqual([]);
  });
});

/** A folder of records that is a file is the last damage. */
const UNREADABLE =
  /The record of this job's container group is missing or not readable \(\S+\), so it cannot be reached\./;

describe("a job's record", () => {
  it.each(DAMAGES)(
    'that is $name is a system failure of run that says so, and cleanup finds the group by its tags',
    async ({ to }) => {
      world = await startWorld();
      const calls = await startJobCalls(world);
      expect((await call(calls, 'prepare')).code).toBe(0);
      await to(calls.recordFile);
      const { code, stdout } = await (await calls.startRun('echo never')).end;
      expect(code).toBe(2);
      expect(stdout.toString()).toMatch(UNREADABLE);
      expect((await call(calls, 'cleanup')).code).toBe(0);
      await world.nothingLeft();
      expect(await world.records()).toEqual([]);
    },
  );

  it.each([
    ['the note of a loss is empty', 'lost'],
    ['the note of shown logs is garbage', 'shown'],
  ])('beside which %s counts for itself', async (_, ending) => {
    world = await startWorld();
    const calls = await startJobCalls(world);
    expect((await call(calls, 'prepare')).code).toBe(0);
    await writeFile(`${calls.recordFile}.${ending}`, ending === 'lost' ? '' : '[7');
    const { code, stdout } = await (await calls.startRun('echo built')).end;
    expect([code, stdout.toString()]).toEqual([0, 'built\n']);
    expect((await call(calls, 'cleanup')).code).toBe(0);
    expect(await world.records()).toEqual([]);
  });

  it('takes what a killed driver has left of it along', async () => {
    world = await startWorld();
    const calls = await startJobCalls(world);
    expect((await call(calls, 'prepare')).code).toBe(0);
    await writeFile(`${calls.recordFile}.0123456789ab`, 'half a record, with a key in it');
    expect((await call(calls, 'cleanup')).code).toBe(0);
    expect(await world.records()).toEqual([]);
    await rm(stateDir(), { recursive: true });
  });
});
