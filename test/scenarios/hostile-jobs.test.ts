import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { JobFields } from '../standin/job.ts';
import { noDebian } from '../support/no-containers.ts';
import { prepareJob } from '../support/prepared-job.ts';
import { runHarmful } from '../support/harmful-job.ts';
import { startWorld, type World } from '../support/world.ts';

const note = noDebian === undefined ? '' : ` (${noDebian})`;

let world: World;
afterEach(() => world.stop());

const MIB = 1024 * 1024;
const WRITERS = ['a', 'b', 'c', 'd'];

/** How often each byte is there. */
function countBytes(bytes: Buffer): Record<string, number> {
  const counts = new Array<number>(256).fill(0);
  for (const byte of bytes) counts[byte] = (counts[byte] ?? 0) + 1;
  const seen = counts.flatMap((count, byte): [string, number][] =>
    count > 0 ? [[String.fromCharCode(byte), count]] : [],
  );
  return Object.fromEntries(seen);
}

async function run(script: readonly string[], more: JobFields = {}) {
  world = await startWorld({ machines: 'containers' });
  return runHarmful(world, script, more);
}

describe.skipIf(noDebian !== undefined)(`a job on container machines${note}`, () => {
  it('that kills every process that it can kills no agent', async () => {
    // Its own wrapper among them, and that is what its end is.
    const { exitCode, text } = await run(['sleep 300 &', 'kill -9 -1']);
    expect(exitCode).toBe(137);
    expect(text).toContain('after failed');
  });

  it('that sends the signals of the platform to the agent is no failed test, and no success either', async () => {
    const { failureReason } = await run(['kill -TERM 1; sleep 5; exit 1']);
    expect(failureReason).toBe('runner_system_failure');
  });

  it('that leaves a thousand processes behind ends with its own code', async () => {
    const { exitCode, text } = await run([
      'for i in $(seq 1000); do sleep 60 & done',
      // Those of the container, its first one and the shell apart.
      'echo $(($(ls -d /proc/[0-9]* | wc -l) > 1000)) thousand',
      'exit 7',
    ]);
    expect(exitCode).toBe(7);
    expect(text).toContain('\n1 thousand\n');
    expect(text).toContain('after failed');
  });

  it('whose processes flood the log together has the whole log, in flat memory', async () => {
    world = await startWorld({ machines: 'containers' });
    const job = await prepareJob(world);
    const each = 15_000_000;
    const flood = WRITERS.map((letter) => `yes ${letter.repeat(9)} | head -c ${each} &`).join(' ');
    const { code, stdout, peakMemory } = await job.run(`${flood} wait; exit 5`);
    expect(code).toBe(1);
    // Who wrote when is chance, but nothing of anybody's may be missing.
    expect(countBytes(stdout)).toEqual({
      ...Object.fromEntries(WRITERS.map((letter) => [letter, (each / 10) * 9])),
      '\n': (each / 10) * WRITERS.length,
    });
    // A driver that gathered the log would need it twice.
    expect(peakMemory).toBeLessThan(200 * MIB);
    expect((await job.cleanup()).code).toBe(0);
    await world.nothingLeft();
    expect(await world.records()).toEqual([]);
  });

  it('that floods the log with lines has them in order, byte by byte', async () => {
    world = await startWorld({ machines: 'containers' });
    const job = await prepareJob(world);
    const last = 5_000_000;
    const lines = createHash('sha256');
    for (let line = 1; line <= last; line++) lines.update(`${line}\n`);
    const { code, stdout } = await job.run(`seq 1 ${last}`);
    expect(code).toBe(0);
    expect(createHash('sha256').update(stdout).digest('hex')).toBe(lines.digest('hex'));
    expect((await job.cleanup()).code).toBe(0);
    await world.nothingLeft();
  });

  it('that writes into our volumes hurts none but its own stage', async () => {
    const { state, text } = await run([
      'rm -rf /eci-executor/run/* /eci-executor/run/.[!.]*',
      'echo x > /eci-executor/agent/eci-agent || echo no agent',
      'echo x > /eci-executor/keys/host_key || echo no keys',
      'ls /eci-executor',
      'echo still "here"',
    ]);
    expect(state).toBe('success');
    expect(text).toContain('\nno agent\n');
    expect(text).toContain('\nno keys\n');
    // Nothing of the helper's.
    expect(text).toContain('\nagent\nkeys\nrun\n');
    expect(text).toContain('\nstill here\n');
    expect(text).toContain('after success');
  });
});
