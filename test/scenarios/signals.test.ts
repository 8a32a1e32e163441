import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type JobCalls, type StartedCall, startJobCalls } from '../support/job-calls.ts';
import { prepareJob } from '../support/prepared-job.ts';
import { startWorld, type World, type WorldOptions } from '../support/world.ts';

let world: World;
afterEach(() => world.stop());

/** The record of a create call that is under way is there before the call. */
const createSent = async ({ recordFile }: JobCalls): Promise<void> => {
  await expect
    .poll(() => readFile(recordFile, 'utf8').catch(() => ''), { timeout: 20_000, interval: 10 })
    .toContain('"state":"sent"');
};
const shows =
  (text: string) =>
  (_: JobCalls, call: StartedCall): Promise<void> =>
    call.shown(text);

interface Phase {
  readonly name: string;
  readonly world: WorldOptions;
  readonly before?: (world: World) => void;
  readonly reached: (calls: JobCalls, call: StartedCall) => Promise<void>;
}

const PREPARE: readonly Phase[] = [
  {
    name: 'a create call is under way',
    world: {},
    before: ({ emulator }) => emulator.fault({ action: 'CreateContainerGroup', fault: 'delay', seconds: 2 }),
    reached: createSent,
  },
  {
    name: 'it waits for capacity',
    world: { scenario: '[[stock]]\nanswers = ["no-stock"]', settings: 'poll_timeout = 120\npoll_interval = 20' },
    reached: shows('Waiting for capacity'),
  },
  {
    name: 'images are pulled',
    world: { scenario: '[[image]]\nname = "*"\npull_seconds = 60' },
    reached: shows('pulling images'),
  },
  {
    name: 'nothing answers over SSH yet',
    world: { scenario: '[[image]]\nname = "*"\nssh = "never"' },
    reached: shows('waiting for its SSH server'),
  },
];

describe('prepare that gets SIGTERM', () => {
  it.each(PREPARE)(
    'while $name ends as a system failure and leaves no group',
    async ({ world: options, before, reached }) => {
      world = await startWorld(options);
      before?.(world);
      const calls = await startJobCalls(world);
      const call = calls.start(['prepare']);
      await reached(calls, call);
      call.child.kill('SIGTERM');
      const { code, stdout } = await call.end;
      expect(code, stdout.toString()).toBe(2);
      expect(stdout.toString()).toContain('prepare was stopped (SIGTERM).');
      await world.nothingLeft();
      expect((await calls.start(['cleanup']).end).code).toBe(0);
      expect(await world.records()).toEqual([]);
    },
  );
});

/** Leaves a file as soon as it gets TERM; ends by itself after a minute, should nobody stop it. */
const trapping = (file: string): string =>
  `trap 'echo stopped > ${file}; exit 1' TERM; echo go; for i in $(seq 600); do sleep 0.1; done; echo never`;

describe('run that gets SIGTERM', () => {
  const RUN: readonly { name: string; disturb?: 'stall' | 'drop' }[] = [
    { name: 'follows its script' },
    { name: 'has a connection that says nothing any more', disturb: 'stall' },
    { name: 'has lost its connection', disturb: 'drop' },
  ];

  it.each(RUN)('while it $name stops the script, and the group stays for the next stage', async ({ disturb }) => {
    world = await startWorld();
    const job = await prepareJob(world);
    const { machine } = await job.record();
    const file = `${world.folder}/stopped`;
    const call = await job.startRun(trapping(file));
    await call.shown('go');
    if (disturb) world.emulator.connections(machine.groupId, { mode: disturb, seconds: 0 });
    await sleep(200);
    call.child.kill('SIGTERM');
    await sleep(1000);
    world.emulator.connections(machine.groupId, { mode: 'normal', seconds: 0 });
    const { code, stdout } = await call.end;
    expect(code).toBe(2);
    expect(stdout.toString()).not.toContain('never');
    expect(await readFile(file, 'utf8')).toBe('stopped\n');
    expect((await job.run('echo next')).stdout.toString()).toBe('next\n');
    expect((await job.cleanup()).code).toBe(0);
    await world.nothingLeft();
  });

  it('while nobody reads its output ends all the same', async () => {
    world = await startWorld();
    const job = await prepareJob(world);
    const call = await job.startRun('yes', 'build_script', 'unread');
    await sleep(1000);
    call.child.kill('SIGTERM');
    const { code, signal } = await call.end;
    expect([code, signal]).not.toEqual([1, null]);
    expect((await job.cleanup()).code).toBe(0);
    await world.nothingLeft();
  });
});

describe('cleanup that gets SIGTERM', () => {
  it('goes on to its end', async () => {
    world = await startWorld();
    const job = await prepareJob(world);
    world.emulator.fault({ action: 'DeleteContainerGroup', fault: 'delay', seconds: 2 });
    const call = job.start(['cleanup']);
    await sleep(1000);
    call.child.kill('SIGTERM');
    expect((await call.end).code).toBe(0);
    await world.nothingLeft();
    expect(await world.records()).toEqual([]);
  });
});

describe('a call whose output nobody takes (EPIPE)', () => {
  it('prepare makes its group all the same, for the runner that only lost its log', async () => {
    world = await startWorld();
    const calls = await startJobCalls(world);
    expect((await calls.start(['prepare'], 'closed').end).code).toBe(0);
    expect((await calls.start(['cleanup'], 'closed').end).code).toBe(0);
    await world.nothingLeft();
  });

  it('run stops its script and is never a failed test', async () => {
    world = await startWorld();
    const job = await prepareJob(world);
    const file = `${world.folder}/stopped`;
    const call = await job.startRun(
      `trap 'echo stopped > ${file}; exit 1' TERM; for i in $(seq 600); do echo tick; sleep 0.1; done`,
      'build_script',
      'closed',
    );
    expect((await call.end).code).toBe(2);
    expect(await readFile(file, 'utf8')).toBe('stopped\n');
    expect((await job.cleanup('closed')).code).toBe(0);
    await world.nothingLeft();
  });
});
