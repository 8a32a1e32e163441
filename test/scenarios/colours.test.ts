import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobFields } from '../standin/job.ts';
import { prepareJob } from '../support/prepared-job.ts';
import { plainText, startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const job = (script: string, more: JobFields = {}): JobFields => ({ image: 'alpine:3.20', script: [script], ...more });

describe('the colour of a job', () => {
  it.each([1, 3, 42, 127, 255])('whose script exits %d is that code', async (code) => {
    expect(await world.run(job(`exit ${code}`))).toMatchObject({
      state: 'failed',
      failureReason: 'script_failure',
      exitCode: code,
    });
  });

  it.each([
    ['KILL', 137],
    ['SEGV', 139],
  ])('whose script is killed by %s is %d', async (signal, code) => {
    // The script's own shell, which the runner's wrapper started as a sub-shell, and the wrapper itself.
    const result = await world.run(job(`kill -${signal} 0`));
    expect(result).toMatchObject({ state: 'failed', failureReason: 'script_failure', exitCode: code });
  });

  it("whose sources cannot be fetched is red with the helper's code, and the script never runs", async () => {
    const result = await world.run(
      job('echo never', { repository: { url: 'http://127.0.0.1:9/acme/shop.git', sha: 'f'.repeat(40) } }),
    );
    expect(result).toMatchObject({ state: 'failed', failureReason: 'script_failure' });
    expect(result.calls.map((call) => call.stage)).not.toContain('build_script');
    await world.nothingLeft();
  });

  it('does not reuse the exit code of an earlier stage', async () => {
    const result = await world.run(job('exit 42', { afterScript: ['exit 7'] }));
    expect(result).toMatchObject({ failureReason: 'script_failure', exitCode: 42 });
  });

  it('whose artifacts cannot be saved is a system failure, with a line of ours below what the helper says', async () => {
    const prepared = await prepareJob(world);
    const end = await prepared.run('printf "too large"; exit 1', 'upload_artifacts_on_success');
    expect(end).toMatchObject({ code: 2, exitCodeFile: undefined });
    expect(plainText(end.stdout)).toBe(
      "too large\nERROR: The job's artifacts or cache could not be saved; the lines above say why.\n",
    );
    expect((await prepared.run('exit 0', 'upload_artifacts_on_success')).stdout.toString()).toBe('');
    await prepared.cleanup();
  });
});

describe('a script', () => {
  const run = async (script: string) => world.run(job(script));

  it('has an empty stdin', async () => {
    expect(world.text(await run('cat; read x || echo "nothing to read"'))).toContain('nothing to read');
  });

  it('that reads its stdin does not eat the rest of the script', async () => {
    const result = await world.run({ image: 'a:1', script: ['cat > /dev/null', 'echo still here'] });
    expect(world.text(result)).toContain('still here');
  });

  it('has no terminal', async () => {
    expect(world.text(await run('test -t 0 -o -t 1 || echo no terminal'))).toContain('no terminal');
  });

  it('keeps its order of stdout and stderr', async () => {
    const result = await run('for i in 1 2 3; do echo out$i; echo err$i >&2; done');
    expect(world.text(result)).toContain('out1\nerr1\nout2\nerr2\nout3\nerr3\n');
  });

  it('that writes a last line without a newline loses nothing of it', async () => {
    expect(world.text(await run('printf "no newline"'))).toContain('no newline');
  });

  it('keeps carriage returns', async () => {
    expect((await run(String.raw`printf "10%%\r20%%\r"`)).log.toString('latin1')).toContain('10%\r20%\r');
  });

  it('may write a line of a megabyte', async () => {
    const result = await run('head -c 1000000 /dev/zero | tr "\\0" x; echo "|end"');
    expect(world.text(result)).toContain(`${'x'.repeat(1000)}|end`);
    expect(result.log.length).toBeGreaterThan(1_000_000);
  });

  it('that leaves something running in the background ends all the same', async () => {
    const result = await run('sleep 300 & echo started');
    expect(result.state).toBe('success');
    expect(world.text(result)).toContain('started');
  });
});

describe('bytes', () => {
  it('that are no UTF-8 pass untouched, and so does everything else', async () => {
    const prepared = await prepareJob(world);
    const { stdout, code } = await prepared.run(
      `for i in $(seq 0 255); do printf "\\\\$(printf %03o $i)"; done; head -c 3000000 /dev/urandom | tee "$0.copy"; sha256sum < "$0.copy" | cut -c1-64 >&2`,
    );
    await prepared.cleanup();
    expect(code).toBe(0);
    const all = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    expect(stdout.subarray(0, 256).equals(all)).toBe(true);
    const random = stdout.subarray(256, 256 + 3_000_000);
    expect(createHash('sha256').update(random).digest('hex')).toBe(
      stdout
        .subarray(256 + 3_000_000)
        .toString('utf8')
        .trim(),
    );
  });
});
