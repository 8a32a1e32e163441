import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runToyJob, TOY_DRIVER } from './toy-driver.ts';

const fails = (code: number, file?: string): string =>
  `${file === undefined ? '' : `printf '${file}' > "$BUILD_EXIT_CODE_FILE"; `}exit ${code}`;

describe('the exit of a run call', () => {
  it.each([
    ['1 without a file', fails(1), 'exit status 1', 1],
    ['1 with 42 in the file', fails(1, '42\\n'), 'exit status 42', 42],
    ['1 with a carriage return behind the number', fails(1, '42\\r\\nmore'), 'exit status 42', 42],
    ['1 with 0 in the file', fails(1, '0'), 'exit status 0', undefined],
    ['1 with 300 in the file', fails(1, '300'), 'exit status 300', 300],
  ])('%s is a script failure', async (_name, action, text, exitCode) => {
    const result = await runToyJob({ actions: { build_script: action } });
    expect(result).toMatchObject({ state: 'failed', failureReason: 'script_failure', exitCode });
    expect(result.text).toContain(`ERROR: Job failed: ${text}\x1b[0;m\n`);
  });

  it.each([
    ['2', fails(2), 'exit status 2'],
    [
      'any other number',
      fails(3),
      'unknown Custom executor executable exit code 3; executable execution terminated with: exit status 3',
    ],
    [
      'a signal',
      'kill -9 $$',
      'unknown Custom executor executable exit code -1; executable execution terminated with: signal: killed',
    ],
    [
      '1 with an empty file',
      fails(1, ''),
      'unknown Custom executor executable exit code 2; executable execution terminated with: exit status 1',
    ],
    [
      '1 with blanks around the number',
      fails(1, ' 42'),
      'unknown Custom executor executable exit code 2; executable execution terminated with: exit status 1',
    ],
  ])('%s is a system failure', async (_name, action, text) => {
    const result = await runToyJob({ actions: { build_script: action } });
    expect(result).toMatchObject({ state: 'failed', failureReason: 'runner_system_failure', exitCode: undefined });
    expect(result.text).toContain(`ERROR: Job failed (system failure): ${text}\x1b[0;m\n`);
  });

  it('1 still finds the number of an earlier stage: the runner never empties the file', async () => {
    const actions = { get_sources: fails(0, '7'), build_script: fails(1) };
    expect((await runToyJob({ actions })).exitCode).toBe(7);
  });
});

describe('the exit of config and prepare', () => {
  it.each(['config', 'prepare'])('%s: 1 is a script failure after one attempt and one cleanup', async (stage) => {
    const result = await runToyJob({ actions: { [stage]: fails(1, '5') } });
    expect(result).toMatchObject({ state: 'failed', failureReason: 'script_failure', exitCode: 5 });
    expect(result.stages).toEqual(stage === 'config' ? ['config', 'cleanup'] : ['config', 'prepare', 'cleanup']);
    expect(result.text).not.toContain('Will be retried');
  });

  it.each([
    ['config', 'exit 2', ['config', 'cleanup']],
    ['config', 'echo', ['config', 'cleanup']],
    ['prepare', 'exit 2', ['config', 'prepare', 'cleanup']],
    ['prepare', 'kill -9 $$', ['config', 'prepare', 'cleanup']],
  ])('%s: "%s" is repeated twice, from the very beginning', async (stage, action, calls) => {
    const result = await runToyJob({ actions: { [stage]: action } });
    expect(result).toMatchObject({ state: 'failed', failureReason: 'runner_system_failure' });
    expect(result.stages).toEqual([...calls, ...calls, ...calls]);
    expect(result.calls.map(({ attempt }) => attempt)).toEqual([1, 2, 3].flatMap((each) => calls.map(() => each)));
    // The text follows the last attempt too.
    expect(result.text.match(/Will be retried in 1ms \.\.\./g)).toHaveLength(3);
    expect(new Set(result.recorded.map(({ cwd }) => cwd)).size).toBe(3);
  });

  it('gives cleanup the temporary folder of its attempt, and job_env only if config has answered', async () => {
    const { recorded } = await runToyJob({ actions: { prepare: 'exit 2' } });
    for (const attempt of [0, 3, 6]) {
      const [config, prepare, cleanup] = recorded.slice(attempt, attempt + 3);
      expect(cleanup?.cwd).toBe(config?.cwd);
      expect(cleanup?.env.get('TOY_ATTEMPT')).toBe(prepare?.env.get('TOY_ATTEMPT'));
    }
    const failed = await runToyJob({ actions: { config: 'exit 2' } });
    expect(failed.recorded.some(({ env }) => env.has('TOY_ATTEMPT'))).toBe(false);
  });

  it('shows config of a later attempt the folders of the attempt before', async () => {
    const once = '[ -e "$TOY_HOME/once" ] && exit 0; touch "$TOY_HOME/once"; exit 2';
    const { state, recorded, home } = await runToyJob({ actions: { prepare: once } });
    expect(state).toBe('success');
    const configs = recorded.filter(({ stage }) => stage === 'config');
    expect(configs.map(({ env }) => env.get('CUSTOM_ENV_CI_BUILDS_DIR'))).toEqual(['', `${home}/builds`]);
  });
});

describe('cleanup', () => {
  it('that fails only adds a warning, and its output stays out of the log', async () => {
    const result = await runToyJob({ actions: { cleanup: 'echo to-out; echo to-err >&2; exit 1' } });
    expect(result.state).toBe('success');
    expect(result.text).toContain('\x1b[0;33mWARNING: Cleanup script failed: exit status 1\x1b[0;m\n');
    expect(result.text).not.toContain('to-out');
    expect(result.cleanupOutput.split('\n').sort()).toEqual(['', 'to-err', 'to-out']);
  });

  it('that is not configured leaves nothing behind either', async () => {
    const { run, config } = TOY_DRIVER;
    const { stages, state, home } = await runToyJob({ driver: { run, config } });
    expect(state).toBe('success');
    expect(readdirSync(join(home, 'tmp'))).toEqual([]);
    expect(stages).not.toContain('cleanup');
    expect(stages).not.toContain('prepare');
  });
});
