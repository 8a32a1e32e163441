import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.ts';
import { type PreparedJob, prepareJob } from '../support/prepared-job.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let job: PreparedJob;
beforeAll(async () => {
  world = await startWorld({ settings: 'keepalive_interval = 0.3\nreconnect_timeout = 30' });
  job = await prepareJob(world);
});
afterAll(async () => {
  await job.cleanup();
  await world.stop();
});

/** Numbered lines for some three seconds, fast enough that a silence is in the middle of them. */
const LINES = 300;
const COUNTING = `for i in $(seq ${LINES}); do echo "line $i"; sleep 0.01; done; exit 7`;
const COUNTED = Array.from({ length: LINES }, (_, index) => `line ${index + 1}\n`).join('');

/** The script in its middle, on a build container behind a network that a test can disturb. */
async function countingBehindProxy() {
  const original = await readFile(job.recordFile, 'utf8');
  const { machine } = await job.record();
  const proxy = await startCuttingProxy({ target: { host: machine.address, port: machine.ports.build } });
  await job.reach('127.0.0.1', proxy.port);
  const call = await job.startRun(COUNTING);
  onTestFinished(async () => {
    call.child.kill('SIGCONT');
    await call.end;
    await proxy.close();
    await writeFile(job.recordFile, original);
  });
  await call.shown('line 20\n');
  return { call, proxy };
}

const SILENCES: readonly (readonly [string, (proxy: CuttingProxy) => void])[] = [
  ['says nothing any more, in either direction', (proxy) => proxy.stallPresent()],
  ['takes what is asked and brings no answer', (proxy) => proxy.stallPresentOneWay('answers')],
  ['brings answers and takes no question, keepalives for one', (proxy) => proxy.stallPresentOneWay('questions')],
  ['is open on this side alone', (proxy) => proxy.halfClose()],
];

describe('a connection that', () => {
  it.each(SILENCES)('%s is given up after its keepalives, and the next one goes on at the byte', async (_, silence) => {
    const { call, proxy } = await countingBehindProxy();
    silence(proxy);
    const { code, stdout, exitCodeFile } = await call.end;
    expect([code, exitCodeFile]).toEqual([1, '7\n']);
    expect(stdout.toString()).toBe(COUNTED);
  });
});

describe('a driver that stands still for a while (SIGSTOP, SIGCONT), as all of a manager that sleeps does,', () => {
  /** Far longer than the keepalives wait, and the script has ended meanwhile. */
  const ASLEEP = 5000;

  it.each([
    ['and', (): void => undefined],
    ['whose connection is cut meanwhile,', (proxy: CuttingProxy) => proxy.cut()],
    ['whose connection has become silent meanwhile,', (proxy: CuttingProxy) => proxy.stallPresent()],
  ])('%s loses no byte and no exit code', async (_, meanwhile) => {
    const { call, proxy } = await countingBehindProxy();
    call.child.kill('SIGSTOP');
    meanwhile(proxy);
    await sleep(ASLEEP);
    call.child.kill('SIGCONT');
    const { code, stdout, exitCodeFile } = await call.end;
    expect([code, exitCodeFile]).toEqual([1, '7\n']);
    expect(stdout.toString()).toBe(COUNTED);
  });
});

describe('a connection that is lost for good', () => {
  it('is written down, so that no later stage tries it, or runs beside a script that may still run', async () => {
    const other = await prepareJob(world);
    const { machine } = await other.record();
    const proxy = await startCuttingProxy({ target: { host: machine.address, port: machine.ports.build } });
    await other.reach('127.0.0.1', proxy.port);
    const call = await other.startRun('printf 0123456789; sleep 60');
    await call.shown('0123456789');
    await proxy.close();
    const { code, stdout } = await call.end;
    expect(code).toBe(2);
    expect(stdout.toString()).toMatch(
      /^0123456789\n.*ERROR: The connection to the container was lost at byte 10 of the log and could not be restored for \d+ s \(connection refused\); ECI reports the group as running\./,
    );
    const next = await other.run('echo never', 'after_script');
    expect([next.code, next.stdout.toString()]).toEqual([2, '']);
    expect((await other.cleanup()).code).toBe(0);
  }, 120_000);
});
