import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { forgetRecord, noteLoss } from '../../src/state/state-folder.ts';
import { type PreparedJob, prepareJob } from '../support/prepared-job.ts';
import { type SilentServer, startSilentServer } from '../support/silent-server.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let job: PreparedJob;
beforeEach(async () => {
  world = await startWorld();
  job = await prepareJob(world);
});
afterEach(() => world.stop());

const silent = async (): Promise<SilentServer> => {
  const server = await startSilentServer();
  onTestFinished(() => server.close());
  return server;
};

/** An address that swallows packets: its process is stopped and its queue full, so that the kernel drops each further SYN. */
async function swallowingPort(): Promise<number> {
  const code = `const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    console.log(server.address().port); process.kill(process.pid, 'SIGSTOP'); });`;
  const child: ChildProcess = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = (await once(child.stdout ?? expect.unreachable(), 'data')) as [Buffer];
  const port = Number(line.toString());
  for (let queued = 0; queued < 10; queued++) {
    const socket = connect({ host: '127.0.0.1', port });
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => undefined);
    const connected = await Promise.race([
      once(socket, 'connect').then(() => true),
      new Promise<false>((resolve) => setTimeout(() => resolve(false), 500)),
    ]);
    if (!connected) return port;
  }
  return expect.unreachable('the queue never filled');
}

describe('a stage whose group is gone', () => {
  it('and was found gone by an earlier stage asks nobody, says nothing and is a system failure', async () => {
    const server = await silent();
    await job.reach('127.0.0.1', server.port);
    await noteLoss(job.recordFile, 'The spot instance was reclaimed.');
    const calls = world.emulator.requests().length;
    const { code, stdout, stderr } = await job.run('echo never', 'after_script');
    expect([code, stdout.toString(), stderr]).toEqual([2, '', '']);
    expect(server.connections).toBe(0);
    expect(world.emulator.requests()).toHaveLength(calls);
  });

  it('asks the cloud beside its first connection, when what answers says nothing', async () => {
    const server = await silent();
    const { machine } = await job.record();
    await job.reach('127.0.0.1', server.port);
    world.emulator.removeGroup(machine.groupId);
    const { code, stdout } = await job.run('echo never');
    expect(code).toBe(2);
    expect(stdout.toString()).toMatch(/The container group eci-\S+ no longer exists/);
    // The first one was not even given up.
    expect(server.connections).toBe(1);
    expect(await job.isLost()).toBe(true);
  });

  it('asks the cloud beside its first connection, when its address swallows packets', async () => {
    const { machine } = await job.record();
    await job.reach('127.0.0.1', await swallowingPort());
    world.emulator.reclaim(machine.groupId, 0);
    const { code, stdout } = await job.run('echo never');
    expect(code).toBe(2);
    expect(stdout.toString()).toMatch(/The spot instance eci-\S+ was reclaimed/);
    expect((await job.run('echo never', 'after_script')).stdout.toString()).toBe('');
  });

  it('by a cleanup beside it is not written down again, and is no news', async () => {
    const call = await job.startRun('echo go; sleep 60');
    await call.shown('go');
    expect((await job.cleanup()).code).toBe(0);
    const { code, stdout } = await call.end;
    expect(code).toBe(2);
    expect(stdout.toString()).not.toContain('something else than this job');
    expect(await world.records()).toEqual([]);
  });

  it('is told although nothing can be written down', async () => {
    const { machine } = await job.record();
    const call = await job.startRun('printf go; sleep 60');
    await call.shown('go');
    await mkdir(`${job.recordFile}.lost`);
    world.emulator.reclaim(machine.groupId, 0);
    const { code, stdout } = await call.end;
    expect(code).toBe(2);
    expect(stdout.toString()).toMatch(/^go\n[^]*The spot instance eci-\S+ was reclaimed/);
  });
});

describe('a loss that is written down beside a cleanup', () => {
  it('brings nothing of the job back', async () => {
    await forgetRecord(job.recordFile);
    expect(await noteLoss(job.recordFile, 'gone')).toBe(false);
    expect(await world.records()).toEqual([]);
  });
});
