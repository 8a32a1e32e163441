import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callBudget } from '../../src/state/call-budget.ts';
import { bundled } from '../support/bundled.ts';
import { ManualClock } from '../support/manual-clock.ts';

const LIMITS = { Action: { burst: 2, perSecond: 1 } };
let folder: string;
let clock: ManualClock;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'budget-'));
  clock = new ManualClock();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const budget = (stateDir = folder) => callBudget(stateDir, 'cn-beijing', LIMITS, { clock, random: () => 0.5 });

/** Seconds of the clock until it is each one's turn. */
async function waits(count: number, stateDir?: string): Promise<number[]> {
  const before = clock.now();
  const found: number[] = [];
  const turns = Array.from({ length: count }, async () => {
    await budget(stateDir).turn('Action');
    found.push((clock.now() - before) / 1000);
  });
  await clock.advanceUntil(Promise.all(turns));
  return found;
}

describe('the calls of a host', () => {
  it('are counted together, whichever process makes them', async () => {
    expect(await waits(4)).toEqual([0, 0, 1, 2]);
  });

  it('are slowed down for all of its processes when one gets a throttled answer', async () => {
    await budget().throttled('Action', clock.now());
    const [first = 0] = await waits(1);
    expect(first).toBeCloseTo(2, 1);
  });

  it('wait for nothing where an action has no limit', async () => {
    await budget().turn('Other');
    expect(await readdir(folder)).toEqual([]);
  });

  it('give up their wait, not their place, when they are asked to stop', async () => {
    await waits(2);
    const stop = new AbortController();
    const turn = budget().turn('Action', stop.signal);
    stop.abort(new Error('SIGTERM'));
    await expect(turn).rejects.toThrow('SIGTERM');
  });

  it('are of one limit for four processes that make them as fast as they can', async () => {
    const program = await bundled(fileURLToPath(new URL('take-turns.ts', import.meta.url)), folder);
    const [burst, perSecond, each] = [20, 40, 25];
    const calls = Array.from({ length: 4 }, () =>
      promisify(execFile)(process.execPath, [program, folder, String(burst), String(perSecond), String(each)]),
    );
    const times = (await Promise.all(calls)).flatMap(({ stdout }) => JSON.parse(stdout) as number[]);
    const seconds = (Math.max(...times) - Math.min(...times)) / 1000;
    // A token more: clocks count whole milliseconds.
    expect(calls.length * each).toBeLessThanOrEqual(burst + seconds * perSecond + 1);
    expect(await readdir(join(folder, 'calls'))).toEqual(['cn-beijing_Action.json']);
  }, 60_000);
});

describe('without a state folder that can be used, every call has its turn at once', () => {
  it.each([
    ['a file is in its place', () => writeFile(join(folder, 'state'), '')],
    ['a file is where the counts should be', () => madeWith(() => writeFile(join(folder, 'state', 'calls'), ''))],
    ['what is counted is a folder', () => madeWith(() => mkdir(join(folder, 'state', 'calls', FILE), MADE))],
  ])('%s', async (_, spoil) => {
    await spoil();
    expect(await waits(4, join(folder, 'state'))).toEqual([0, 0, 0, 0]);
  });

  it.skipIf(process.getuid?.() === 0)('nobody may write', async () => {
    await chmod(folder, 0o500);
    expect(await waits(4)).toEqual([0, 0, 0, 0]);
    await chmod(folder, 0o700);
  });

  it.each(['', '{', '{"tokens":"many"}', 'null'])('and a file with %j in it counts as full', async (text) => {
    await mkdir(join(folder, 'calls'));
    await writeFile(join(folder, 'calls', FILE), text);
    expect(await waits(3)).toEqual([0, 0, 1]);
  });
});

describe('a lock that a dead process has left', () => {
  const lock = () => join(folder, 'calls', `${FILE}.lock`);
  beforeEach(async () => {
    await mkdir(join(folder, 'calls'));
    await writeFile(lock(), '');
  });

  it('is taken over after about a second, whatever its date is', async () => {
    await utimes(lock(), new Date('2099-01-01'), new Date('2099-01-01'));
    const [first = 0] = await waits(1);
    expect(first).toBeGreaterThanOrEqual(1);
    expect(first).toBeLessThan(2);
    expect(await readdir(join(folder, 'calls'))).toEqual([FILE]);
  });

  it('keeps nobody waiting for long when it comes again and again', async () => {
    const holder = setInterval(() => void writeFile(lock(), '').catch(() => undefined), 0);
    const [first = 0] = await waits(1);
    clearInterval(holder);
    expect(first).toBeLessThan(10);
  });
});

const FILE = 'cn-beijing_Action.json';
const MADE = { recursive: true } as const;

async function madeWith(spoil: () => Promise<unknown>): Promise<void> {
  await mkdir(join(folder, 'state'));
  await spoil();
}
