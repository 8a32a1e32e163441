import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.ts';
import { type PreparedJob, prepareJob } from '../support/prepared-job.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let job: PreparedJob;
beforeAll(async () => {
  world = await startWorld();
  job = await prepareJob(world);
});
afterAll(async () => {
  await job.cleanup();
  await world.stop();
});

/** Puts a proxy between the driver and the build container. */
async function behindProxy(
  automatic: Parameters<typeof startCuttingProxy>[0]['automatic'],
  test: (proxy: CuttingProxy) => Promise<void>,
) {
  const original = await readFile(job.recordFile, 'utf8');
  const record = await job.record();
  const { address, ports } = record.machine;
  const proxy = await startCuttingProxy({
    target: { host: address, port: ports.build },
    ...(automatic ? { automatic } : {}),
  });
  record.machine = { ...record.machine, address: proxy.host, ports: { ...ports, build: proxy.port } };
  await writeFile(job.recordFile, JSON.stringify(record));
  try {
    await test(proxy);
  } finally {
    await writeFile(job.recordFile, original);
    await proxy.close();
  }
}

/** @returns what a script writes, without the last newline. */
const runsOutput = async (script: string): Promise<string> => (await job.run(script)).stdout.toString().trimEnd();

const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('a connection that is cut', () => {
  it('ten times in the middle of a stage costs not one byte, and the exit code arrives', async () => {
    const copy = join(world.scratch, 'copy');
    await behindProxy({ seed: 7, minimumBytes: 200_000, maximumBytes: 1_500_000, cuts: 10 }, async (proxy) => {
      const { code, stdout, exitCodeFile } = await job.run(
        `for i in $(seq 40); do head -c 500000 /dev/urandom | tee -a ${copy}; sleep 0.02; done; exit 5`,
      );
      expect(proxy.cuts).toBe(10);
      expect([code, exitCodeFile]).toEqual([1, '5\n']);
      expect(stdout.length).toBe(20_000_000);
      expect(hashOf(stdout)).toBe(await runsOutput(`sha256sum < ${copy} | cut -c1-64`));
    });
  });

  it('while the script is on its way starts it once', async () => {
    const starts = join(world.scratch, 'starts');
    const long = `# ${'x'.repeat(3_000_000)}\necho started >> ${starts}\n`;
    await behindProxy({ seed: 3, minimumBytes: 2_000, maximumBytes: 1_000_000, cuts: 6 }, async (proxy) => {
      expect((await job.run(long)).code).toBe(0);
      expect(proxy.cuts).toBe(6);
      expect(await runsOutput(`cat ${starts}`)).toBe('started');
    });
  });

  it('while the script is silent is mended before its next word', async () => {
    await behindProxy(undefined, async (proxy) => {
      const cutting = setInterval(() => proxy.connections > 0 && proxy.cut(), 200);
      const { code, stdout } = await job.run('echo one; sleep 1; echo two');
      clearInterval(cutting);
      expect([code, stdout.toString()]).toEqual([0, 'one\ntwo\n']);
      expect(proxy.cuts).toBeGreaterThan(0);
    });
  });
});

describe('a log of 100 MB', () => {
  it('arrives whole, in flat memory', async () => {
    const { code, stdout, peakMemory } = await job.run('head -c 100000000 /dev/zero');
    expect([code, stdout.length]).toEqual([0, 100_000_000]);
    // A driver that gathered the log would need it twice.
    expect(peakMemory).toBeLessThan(200 * 1024 * 1024);
  });
});

describe("a host key that is not the group's", () => {
  it('ends the stage as a system failure that says so, and the script never runs', async () => {
    const original = await readFile(job.recordFile, 'utf8');
    const record = JSON.parse(original) as { machine: { hostKeys: { helper: string; build: string } } };
    record.machine.hostKeys.build = record.machine.hostKeys.helper;
    await writeFile(job.recordFile, JSON.stringify(record));
    const { code, stdout } = await job.run('echo never');
    await writeFile(job.recordFile, original);
    expect(code).toBe(2);
    expect(stdout.toString()).toMatch(
      /something else than this job's container answers: its host key is another\); ECI reports the group as running/,
    );
    expect(stdout.toString()).not.toContain('never');
  });
});
