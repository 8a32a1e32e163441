import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type ProcessCost, processCost } from '../bench/load/process-cost.ts';
import { read } from '../docs/pages.ts';
import { driversOf } from '../support/drivers-of.ts';
import { type StartedCall, startJobCalls } from '../support/job-calls.ts';
import { prepareJob } from '../support/prepared-job.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.stop());

const MB = 1_000_000;
const page = await read('docs/load.md');

/** The number that docs/load.md allows a job, which stands first. @param what how its row begins. */
function allowed(what: string): number {
  const row = page.split('\n').find((line) => line.startsWith(`| ${what}`));
  const number = /\d+/.exec(row?.split('|')[2] ?? '')?.[0];
  if (number === undefined) throw new Error(`docs/load.md has no number for ${what}`);
  return Number(number);
}

/** What a Node process of this version holds that does nothing but wait. */
async function idleCost(): Promise<ProcessCost> {
  const args = ['-e', 'console.log("waits"); setInterval(() => undefined, 1e9)'];
  const child = spawn(process.execPath, args, { env: world.environment, stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    await once(child.stdout, 'data');
    const cost = await processCost(child.pid ?? 0);
    if (cost === undefined) throw new Error('/proc does not tell of processes');
    return cost;
  } finally {
    child.kill('SIGKILL');
  }
}

/** Looks at a call that waits until it holds no more memory than it may; what it holds beside it is counted from the first look on. */
async function expectToCostLittle({ child: { pid = 0 } }: StartedCall): Promise<void> {
  const costs: ProcessCost[] = [];
  const look = async (): Promise<number> => {
    const cost = await processCost(pid);
    if (cost === undefined) throw new Error('the driver has gone, or /proc does not tell of it');
    costs.push(cost);
    return cost.own;
  };
  // What a start takes is given back some seconds later.
  await expect.poll(look, { timeout: 120_000, interval: 500 }).toBeLessThanOrEqual(allowed('memory, waiting'));
  const most = (name: keyof ProcessCost): number => Math.max(...costs.map((cost) => cost[name]));
  const idle = await idleCost();
  expect(most('files') - idle.files).toBeLessThanOrEqual(allowed('open files'));
  expect(most('sockets')).toBeLessThanOrEqual(allowed('sockets'));
  expect(most('threads') - idle.threads).toBeLessThanOrEqual(allowed('threads'));
  expect(await driversOf(world)).toEqual([pid]);
}

interface Waiting {
  readonly call: StartedCall;
  readonly end: () => Promise<void>;
}

async function waitingPrepare(): Promise<Waiting> {
  const scenario = '[[image]]\nname = "*"\npull_seconds = 600';
  world = await startWorld({ scenario, settings: 'poll_interval = 3' });
  const calls = await startJobCalls(world);
  const call = calls.start(['prepare']);
  await call.shown('pulling images');
  const end = async (): Promise<void> => {
    call.child.kill('SIGTERM');
    await call.end;
    expect((await calls.start(['cleanup']).end).code).toBe(0);
  };
  return { call, end };
}

async function waitingRun(): Promise<Waiting> {
  world = await startWorld();
  const job = await prepareJob(world);
  expect(await driversOf(world)).toEqual([]);
  const call = await job.startRun('echo waits; sleep 600');
  await call.shown('waits');
  const end = async (): Promise<void> => {
    call.child.kill('SIGTERM');
    await call.end;
    expect(await driversOf(world)).toEqual([]);
    expect((await job.cleanup()).code).toBe(0);
  };
  return { call, end };
}

const childrenOf = (pid: number): Promise<string> => readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
const noChildren = await childrenOf(process.pid).then(
  () => '',
  () => ' (this kernel does not tell of children)',
);

describe('what docs/load.md allows a job on its host', { timeout: 180_000 }, () => {
  it('is enough for a prepare that waits', async () => {
    const { call, end } = await waitingPrepare();
    await expectToCostLittle(call);
    await end();
  });

  it('is enough for a run that waits, and is nothing between two stages', async () => {
    const { call, end } = await waitingRun();
    await expectToCostLittle(call);
    await end();
  });
});

describe.skipIf(noChildren !== '')(`a call of the driver${noChildren}`, { timeout: 180_000 }, () => {
  it.each([
    ['prepare', waitingPrepare],
    ['run', waitingRun],
  ])('starts no process while it waits: %s', async (_, start) => {
    const { call, end } = await start();
    // For longer than from one look at the group to the next.
    for (let looks = 0; looks < 12; looks++) {
      expect(await childrenOf(call.child.pid ?? 0)).toBe('');
      await sleep(500);
    }
    await end();
  });
});

it('a job that writes all the time takes nothing from another one, which ends meanwhile with all of its lines', async () => {
  world = await startWorld();
  const goOn = join(world.scratch, 'go-on');
  await writeFile(goOn, '');
  let [written, pid, ended] = [0, 0, false];
  const heavy = world.start(
    { id: 1, image: 'alpine:3.20', script: [`while [ -e ${goOn} ]; do head -c ${MB} /dev/zero; sleep 0.02; done`] },
    {
      onStage: (stage, started) => (pid = stage === 'build_script' ? started : pid),
      onOutput: (_, chunk) => (written += chunk.length),
    },
  );
  void heavy.done.then(() => (ended = true));
  const hasWritten = (bytes: number) => expect.poll(() => written, { timeout: 120_000 }).toBeGreaterThan(bytes);
  await hasWritten(30 * MB);
  const lines = Array.from({ length: 200 }, (_, index) => `line ${index + 1}`);
  const light = await world.run({
    id: 2,
    image: 'alpine:3.20',
    script: ['for i in $(seq 200); do echo "line $i"; done'],
  });
  expect(light.state).toBe('success');
  const shown = world.text(light).split('\n');
  expect(shown.filter((line) => /^line \d+$/.test(line))).toEqual(lines);
  await hasWritten(written);
  expect(ended).toBe(false);
  expect(await peakMemory(pid)).toBeLessThan(allowed('memory, `run` that writes') * MB);
  await rm(goOn);
  expect((await heavy.done).state).toBe('success');
  await world.nothingLeft();
}, 300_000);

/** In bytes, of a process that runs. */
const peakMemory = async (pid: number): Promise<number> =>
  Number(/^VmHWM:\s+(\d+) kB/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
