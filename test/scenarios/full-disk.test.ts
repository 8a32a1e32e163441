import { afterEach, describe, expect, it } from 'vitest';
import type { JobFields } from '../standin/job.ts';
import { noDebian } from '../support/no-containers.ts';
import { prepareJob } from '../support/prepared-job.ts';
import { runHarmful } from '../support/harmful-job.ts';
import { startWorld, type World, type WorldOptions } from '../support/world.ts';

const note = noDebian === undefined ? '' : ` (${noDebian})`;

/** MiB of the group's disk, of which the agent's program takes a few. */
const DISK = 64;
const MIB = 1024 * 1024;
const LINE = 'a line\n';

let world: World;
afterEach(() => world.stop());

async function run(script: readonly string[], options: WorldOptions = { disk: DISK }, more: JobFields = {}) {
  world = await startWorld({ machines: 'containers', ...options });
  return runHarmful(world, script, more);
}

describe.skipIf(noDebian !== undefined)(`a job whose builds_dir is a volume of a size${note}`, () => {
  const builds = {
    tables: `[[volumes.empty_dir]]\nname = "sized"\nmount_path = "/builds"\nmedium = "Memory"\nsize_limit = "${DISK}Mi"`,
  };

  it('that fills it fails by its own script, and what follows goes on', async () => {
    const { exitCode, failureReason, text } = await run([`dd if=/dev/zero of=big bs=1M count=${2 * DISK}`], builds);
    expect({ exitCode, failureReason }).toEqual({ exitCode: 1, failureReason: 'script_failure' });
    expect(text).toMatch(/dd: error writing 'big': No space left on device\n/);
    expect(text).toContain('\nafter failed\n');
  });

  it('that fills it writes as much log as it likes, which is kept elsewhere', async () => {
    const { state, text } = await run([`dd if=/dev/zero of=big bs=1M count=${2 * DISK} || seq 400000`], builds);
    expect(state).toBe('success');
    expect(text.split('\n').filter((line) => /^\d+$/.test(line))).toHaveLength(400_000);
  });
});

describe.skipIf(noDebian !== undefined)(`a job on container machines whose disk is small${note}`, () => {
  it.each([
    ['its project folder', '.'],
    ["its image's own folders", '/tmp'],
  ])('that fills it in %s fails by its own script, with everything that this has to say', async (_, folder) => {
    const { exitCode, failureReason, text } = await run([
      `dd if=/dev/zero of=${folder}/big bs=1M count=${2 * DISK} && echo "there was room"`,
    ]);
    expect({ exitCode, failureReason }).toEqual({ exitCode: 1, failureReason: 'script_failure' });
    expect(text).toMatch(/dd: error writing '.*big': No space left on device\n/);
    expect(text).not.toContain('\nthere was room\n');
    expect(text).toContain('\nafter failed\n');
  });

  it('that fills it and goes on keeps its whole log, and its success', async () => {
    const { state, text } = await run([
      `dd if=/dev/zero of=big bs=1M count=${2 * DISK} || echo full`,
      'for i in $(seq 5000); do echo "line $i of those that come after"; done',
    ]);
    expect(state).toBe('success');
    const lines = text.split('\n').filter((line) => line.endsWith('of those that come after'));
    expect(lines).toEqual(Array.from({ length: 5000 }, (_, index) => `line ${index + 1} of those that come after`));
    expect(text).toContain('\nafter success\n');
  });

  it('that fills it and writes more than it has room for is told so, as no failure of a test', async () => {
    const { failureReason, text } = await run([
      `dd if=/dev/zero of=big bs=1M count=${2 * DISK} || yes "a line" | head -c 3000000; exit 1`,
    ]);
    expect(failureReason).toBe('runner_system_failure');
    expect(text).toMatch(
      /\nERROR: The disk of the container group is full, so the script was ended or not even started \(.*no space left on device\)\. Let the job write less, .* with eci-extra-ephemeral-storage\.\n/,
    );
  });

  it('that fills it with its log alone keeps all of the log until then', async () => {
    world = await startWorld({ machines: 'containers', disk: DISK });
    const job = await prepareJob(world);
    const { code, stdout } = await job.run(`yes "a line" | head -c ${2 * DISK * MIB}`);
    expect(code).toBe(2);
    const end = stdout.indexOf('\x1b[31;1mERROR: The disk of the container group is full');
    expect(end).toBeGreaterThan((DISK * MIB) / 2);
    const whole = Math.floor(end / LINE.length) * LINE.length;
    expect(stdout.subarray(0, whole).equals(Buffer.alloc(whole, LINE))).toBe(true);
    // The next stage has its room again.
    expect(await job.run('echo again')).toMatchObject({ code: 0, stdout: Buffer.from('again\n') });
    expect((await job.cleanup()).code).toBe(0);
    await world.nothingLeft();
  });
});
