import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type PreparedJob, prepareJob } from '../support/prepared-job.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let job: PreparedJob;
beforeEach(async () => {
  world = await startWorld();
  job = await prepareJob(world);
});
afterEach(() => world.stop());

interface StoredRecord {
  lost?: string;
  machine: { groupId: string; address: string; ports: { helper: number; build: number } };
}

async function changeRecord(change: (record: StoredRecord) => void): Promise<void> {
  const record = JSON.parse(await readFile(job.recordFile, 'utf8')) as StoredRecord;
  change(record);
  await writeFile(job.recordFile, JSON.stringify(record));
}

/** Lets the record name another port of the machine's address. */
const moveTo = (port: number): Promise<void> =>
  changeRecord(({ machine }) => Object.assign(machine, { address: '127.0.0.1', ports: { helper: port, build: port } }));

/** Takes connections and never says a word. */
async function silentServer(): Promise<{ port: number; connections: () => number }> {
  let connections = 0;
  const server = createServer(() => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
}

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
    const server = await silentServer();
    await moveTo(server.port);
    await changeRecord((record) => (record.lost = 'The spot instance was reclaimed.'));
    const calls = world.emulator.requests().length;
    const { code, stdout, stderr } = await job.run('echo never', 'after_script');
    expect([code, stdout.toString(), stderr]).toEqual([2, '', '']);
    expect(server.connections()).toBe(0);
    expect(world.emulator.requests()).toHaveLength(calls);
  });

  it('asks the cloud beside its first connection, when what answers says nothing', async () => {
    const server = await silentServer();
    const { machine } = await job.record();
    await moveTo(server.port);
    world.emulator.removeGroup(machine.groupId);
    const { code, stdout } = await job.run('echo never');
    expect(code).toBe(2);
    expect(stdout.toString()).toMatch(/The container group eci-\S+ no longer exists/);
    // The first one was not even given up.
    expect(server.connections()).toBe(1);
    expect((await job.record()).lost).toMatch(/no longer exists/);
  });

  it('asks the cloud beside its first connection, when its address swallows packets', async () => {
    const { machine } = await job.record();
    await moveTo(await swallowingPort());
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
});
