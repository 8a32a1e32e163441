import { describe, expect, it } from 'vitest';
import { jobPayload } from './job.ts';
import { runToyJob, TOY_DRIVER } from './toy-driver.ts';

/** What the kernel allows for one string of an environment, its name and the terminating zero included. */
const MAX_ARG_STRLEN = 131_072;

const sized = (length: number) => ({ BIG: 'x'.repeat(length - 'CUSTOM_ENV_BIG='.length) });

describe('a driver that cannot be started', () => {
  it('because of a variable above the kernel’s limit fails in each attempt, cleanup too', async () => {
    const result = await runToyJob({ fields: { variables: sized(MAX_ARG_STRLEN) } });
    expect(result).toMatchObject({ state: 'failed', failureReason: 'runner_system_failure', calls: [] });
    for (const text of ['WARNING: Cleanup script failed', 'ERROR: Preparation failed']) {
      const lines = result.text.split('\n').filter((line) => line.includes(`${text}: failed to start command: `));
      expect(lines).toHaveLength(3);
      expect(lines.every((line) => line.includes('argument list too long'))).toBe(true);
    }
  });

  it('is not held up by a variable just below it, which the script exports and cannot use', async () => {
    const result = await runToyJob({
      fields: { variables: sized(MAX_ARG_STRLEN - 1) },
      actions: { build_script: 'exit 0' },
    });
    expect(result.recorded[0]?.env.get('CUSTOM_ENV_BIG')).toHaveLength(MAX_ARG_STRLEN - 1 - 'CUSTOM_ENV_BIG='.length);
  });

  it('because of a zero byte in a variable fails the same way', async () => {
    const { text, calls } = await runToyJob({ fields: { variables: { ZERO: 'a\0b' } } });
    expect(calls).toEqual([]);
    expect(text).toContain('ERROR: Preparation failed: failed to start command: ');
  });

  it('because it is not there says so', async () => {
    const run = async (command: string) =>
      (await runToyJob({ driver: { ...TOY_DRIVER, config: { command, args: [] } } })).text;
    expect(await run('/no/such/driver')).toContain('fork/exec /no/such/driver: no such file or directory');
    expect(await run('no-such-driver')).toContain('exec: "no-such-driver": executable file not found in $PATH');
  });
});

describe('sizes that must work', () => {
  it('a script of five megabytes and a file variable of a hundred kilobytes', async () => {
    const content = 'äöü\n'.repeat(15_000);
    const result = await runToyJob({
      fields: {
        script: [`: ${'x'.repeat(5 * 1024 * 1024)}`, 'wc -c < "$CONTENT"', 'echo done'],
        variables: { CONTENT: { value: content, file: true } },
      },
      settings: { outputLimitBytes: 16 * 1024 * 1024 },
    });
    expect(result.state).toBe('success');
    expect(result.text).toContain(`\n${Buffer.byteLength(content)}\n`);
    expect(result.recorded[0]?.env.get('CUSTOM_ENV_CONTENT')).toBe(content);
  });

  it('a payload is complete without a word from the test', () => {
    expect(JSON.parse(JSON.stringify(jobPayload()))).toEqual(jobPayload());
  });
});
