import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.ts';
import { startJobCalls } from '../support/job-calls.ts';
import { PREPARE_PHASES } from '../support/prepare-phases.ts';
import { prepareJob } from '../support/prepared-job.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.stop());

describe('prepare that gets SIGTERM', () => {
  it.each(PREPARE_PHASES)(
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
      expect(stdout.toString()).toContain(
        "has stopped prepare (SIGTERM): the job was cancelled, or prepare_exec_timeout or the job's own",
      );
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
  /** A job in its script, its build container behind a network that a test can disturb. */
  async function runningBehindProxy() {
    world = await startWorld();
    const job = await prepareJob(world);
    const { machine } = await job.record();
    const proxy = await startCuttingProxy({ target: { host: machine.address, port: machine.ports.build } });
    onTestFinished(() => proxy.close());
    await job.reach('127.0.0.1', proxy.port);
    const file = `${world.scratch}/stopped`;
    const call = await job.startRun(trapping(file));
    await call.shown('go');
    return { job, proxy, call, file };
  }

  const DISTURBANCES: readonly { name: string; disturb?: (proxy: CuttingProxy) => void }[] = [
    { name: 'follows its script' },
    { name: 'has a connection that says nothing any more', disturb: (proxy) => proxy.stallPresent() },
    { name: 'has just lost its connection', disturb: (proxy) => proxy.cut() },
  ];

  it.each(DISTURBANCES)(
    'while it $name stops the script, and the group stays for the next stage',
    async ({ disturb }) => {
      const { job, proxy, call, file } = await runningBehindProxy();
      disturb?.(proxy);
      call.child.kill('SIGTERM');
      const { code, stdout } = await call.end;
      expect(code).toBe(2);
      expect(stdout.toString()).not.toContain('never');
      expect((await job.run(`cat ${file}`)).stdout.toString()).toBe('stopped\n');
      expect((await job.run('echo next')).stdout.toString()).toBe('next\n');
      expect((await job.cleanup()).code).toBe(0);
      await world.nothingLeft();
    },
  );

  it('while nobody reads its output stops the script and ends all the same', async () => {
    world = await startWorld();
    const job = await prepareJob(world);
    const file = `${world.scratch}/stopped`;
    const begun = `${world.scratch}/begun`;
    // Far more than the pipe holds, so that the driver is stuck in a write, now or soon.
    const script = `trap 'echo stopped > ${file}; exit 1' TERM; head -c 20000000 /dev/zero; echo > ${begun}; sleep 60`;
    const call = await job.startRun(script, 'build_script', 'unread');
    await expect.poll(async () => (await job.run(`test -e ${begun}`)).code, { timeout: 20_000 }).toBe(0);
    call.child.kill('SIGTERM');
    const { code, signal } = await call.end;
    // What it had to say is in a pipe that nobody empties: a driver that is killed is a system failure to the runner.
    expect([code, signal]).toEqual([null, 'SIGKILL']);
    expect((await job.run(`cat ${file}`)).stdout.toString()).toBe('stopped\n');
    expect((await job.cleanup()).code).toBe(0);
    await world.nothingLeft();
  });
});

describe('cleanup that gets SIGTERM', () => {
  it('in the middle of the deletion goes on to its end', async () => {
    world = await startWorld();
    const job = await prepareJob(world);
    // The first try is answered, so that it can be seen; the second one takes its time.
    world.emulator.fault({ action: 'DeleteContainerGroup', fault: 'internal-error', times: 1, seconds: 0 });
    world.emulator.fault({ action: 'DeleteContainerGroup', fault: 'delay', seconds: 3 });
    const call = job.start(['cleanup']);
    await expect
      .poll(() => world.emulator.requests().some(({ action }) => action === 'DeleteContainerGroup'), {
        timeout: 20_000,
      })
      .toBe(true);
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

  it('cleanup deletes with closed pipes', async () => {
    world = await startWorld();
    const job = await prepareJob(world);
    expect((await job.cleanup('closed')).code).toBe(0);
    await world.nothingLeft();
  });

  it('run stops its script and is never a failed test', async () => {
    world = await startWorld();
    const job = await prepareJob(world);
    const file = `${world.scratch}/stopped`;
    const call = await job.startRun(
      `trap 'echo stopped > ${file}; exit 1' TERM; for i in $(seq 600); do echo tick; sleep 0.1; done`,
      'build_script',
      'closed',
    );
    expect((await call.end).code).toBe(2);
    expect((await job.run(`cat ${file}`)).stdout.toString()).toBe('stopped\n');
    expect((await job.cleanup('closed')).code).toBe(0);
    await world.nothingLeft();
  });
});
