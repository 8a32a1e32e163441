import { describe, expect, it } from 'vitest';
import { parseConfigOutput } from './config-output.ts';
import { runToyJob } from './toy-driver.ts';

const parse = (text: string) => parseConfigOutput(Buffer.from(text));

describe('the output of config', () => {
  it.each(['', 'null', '{}', ' {"hostname": null, "driver": null, "job_env": null}\n', '{"unknown": [1]}'])(
    '%j changes nothing',
    (text) => {
      const { driver = {}, ...others } = parse(text);
      expect([driver, others]).toEqual([{}, {}]);
    },
  );

  it('may write its keys in any letter case', () => {
    expect(parse('{"Builds_Dir":"/b","BUILDS_DIR_IS_SHARED":true,"job_env":{"A":"1"}}')).toMatchObject({
      builds_dir: '/b',
      builds_dir_is_shared: true,
      job_env: { A: '1' },
    });
  });

  it.each([
    ...['\n', '{}{}', 'log line\n{}', '[]', '3', '"text"'],
    ...[
      '{"hostname":1}',
      '{"builds_dir_is_shared":"true"}',
      '{"job_env":{"A":1}}',
      '{"job_env":[]}',
      '{"driver":"eci"}',
    ],
  ])('%j is an error', (text) => {
    expect(() => parse(text)).toThrow('error while parsing JSON output: ');
  });
});

describe('a job', () => {
  it.each([
    ['builds_dir', '{"cache_dir":"/c"}', 'the builds_dir is not configured'],
    ['cache_dir', '{"builds_dir":"/b"}', 'the cache_dir is not configured'],
  ])('without %s fails once, before prepare', async (_name, json, text) => {
    const result = await runToyJob({ actions: { config: `printf '%s' '${json}'` } });
    expect(result).toMatchObject({ state: 'failed', failureReason: 'script_failure', exitCode: undefined });
    expect(result.text).toContain(`ERROR: Job failed: ${text}`);
    expect(result.stages).toEqual(['config', 'cleanup']);
  });

  it('takes the folders of the runner’s configuration when config says nothing', async () => {
    const { recorded, text } = await runToyJob({
      actions: { config: 'exit 0', build_script: 'exit 0' },
      settings: { buildsDir: '/from-runner', cacheDir: '/cache' },
      bodies: { get_sources: 'true', cleanup_file_variables: 'true' },
    });
    expect(recorded.at(-1)?.env.get('CUSTOM_ENV_CI_PROJECT_DIR')).toBe('/from-runner/acme/shop');
    expect(text).toContain('Using Custom executor...');
  });

  it('with a shared builds_dir gets a folder of the runner’s own in it', async () => {
    const json = '{"builds_dir":"/b","cache_dir":"/c","builds_dir_is_shared":true}';
    const { recorded } = await runToyJob({ actions: { config: `echo '${json}'`, prepare_script: 'exit 1' } });
    expect(recorded.at(-1)?.env.get('CUSTOM_ENV_CI_PROJECT_DIR')).toBe('/b/standin-0/0/acme/shop');
  });

  it('with a shell that the runner does not know is tried three times', async () => {
    const json = '{"builds_dir":"/b","cache_dir":"/c","shell":"zsh"}';
    const result = await runToyJob({ actions: { config: `echo '${json}'` } });
    expect(result.failureReason).toBe('runner_system_failure');
    expect(result.stages).toHaveLength(6);
  });
});
