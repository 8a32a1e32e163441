import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FEATURE_FLAGS } from './feature-flags.ts';
import { renderForTerminal } from './render-for-terminal.ts';
import { runToyJob, type ToyResult } from './toy-driver.ts';

const fields = {
  script: [
    'echo "$GREETING"',
    'cat "$SETTINGS"',
    'test "$SECRET" = hidden-value-42',
    'echo A=from-script >> "$GITLAB_ENV"',
  ],
  afterScript: ['echo "status $CI_JOB_STATUS, A is $A"'],
  image: 'node:$TAG',
  services: [
    {
      name: 'postgres:16',
      alias: 'db other',
      command: ['postgres', '-c', 'a<b'],
      variables: [variable('PASSWORD', '$GREETING')],
    },
    { name: 'redis:7' },
  ],
  variables: {
    TAG: '22',
    GREETING: 'hello $CI_PROJECT_NAME for $$1',
    RAW: { value: '$TAG', raw: true },
    SECRET: { value: 'hidden-value-42', masked: true, public: false },
    SETTINGS: { value: '{"a": 1}\n', file: true },
    WHERE: '$SETTINGS',
    GIT_STRATEGY: 'clone',
  },
  cache: [{ key: 'npm', paths: ['.npm/'] }],
  artifacts: [{ paths: ['dist/'] }],
};

function variable(key: string, value: string) {
  return { key, value, public: true, file: false, masked: false, raw: false };
}

const wholeJob = (): Promise<ToyResult> =>
  runToyJob({
    fields,
    environment: { HOST_ONLY: 'kept', BUILD_FAILURE_EXIT_CODE: '99', PWD: '/elsewhere' },
    // There is no repository here; the git server has tests of its own.
    bodies: { get_sources: 'mkdir -p "$TOY_HOME/builds/acme/shop"' },
  });

describe('a whole job', () => {
  it('calls the driver in the runner’s order and with the runner’s arguments', async () => {
    const { state, recorded, calls, home } = await wholeJob();
    expect(state).toBe('success');
    expect(recorded.map(({ args }) => args.map((arg) => arg.replace(/\/script\w+\/script$/, '/SCRIPT')))).toEqual([
      ['config'],
      ['prepare'],
      ...[
        'prepare_script',
        'get_sources',
        'restore_cache',
        'build_script',
        'after_script',
        'archive_cache',
        'upload_artifacts_on_success',
        'cleanup_file_variables',
      ].map((stage) => ['run', `${recorded[0]?.cwd}/SCRIPT`, stage]),
      ['cleanup'],
    ]);
    expect(new Set(recorded.flatMap(({ args }) => args[1] ?? [])).size).toBe(8);
    expect(calls.map(({ stage }) => stage)).toEqual(recorded.map(({ stage }) => stage));
    expect(calls.every(({ attempt, exitCode, signal }) => attempt === 1 && exitCode === 0 && signal === null)).toBe(
      true,
    );
    expect(readdirSync(join(home, 'tmp'))).toEqual([]);
  });

  it('passes the same environment to every call, except for what an answer or the job’s fate changes', async () => {
    const { recorded } = await wholeJob();
    const [config, ...later] = recorded;
    const buildDir = `${config?.env.get('TOY_HOME')}/builds/acme/shop`;
    expect([config?.env.get('CUSTOM_ENV_CI_BUILDS_DIR'), config?.env.get('CUSTOM_ENV_CI_PROJECT_DIR')]).toEqual([
      '',
      '',
    ]);
    expect(config?.env.get('CUSTOM_ENV_RUNNER_TEMP_PROJECT_DIR')).toBe('.tmp');
    expect(config?.env.has('TOY_ATTEMPT')).toBe(false);
    for (const { env, stage } of later) {
      expect(env.get('CUSTOM_ENV_CI_PROJECT_DIR'), stage).toBe(buildDir);
      expect(env.get('CUSTOM_ENV_RUNNER_TEMP_PROJECT_DIR')).toBe(`${buildDir}.tmp`);
      expect(env.get('TOY_ATTEMPT')).toBe(later[0]?.env.get('TOY_ATTEMPT'));
    }
    const statuses = recorded.map(({ env }) => env.get('CUSTOM_ENV_CI_JOB_STATUS'));
    expect(statuses).toEqual([...Array<string>(6).fill('running'), ...Array<string>(5).fill('success')]);
    const names = (call = later[0]) => [...(call?.env.keys() ?? [])];
    for (const call of later) expect(names(call)).toEqual(names());
    expect(names().filter((name) => name !== 'TOY_ATTEMPT')).toEqual(names(config));
  });

  it('builds the environment of host, runner, job_env, flags, runner variables, job variables and services', async () => {
    const { recorded } = await wholeJob();
    const { env, cwd } = recorded[1] ?? expect.unreachable();
    const names = [...env.keys()];
    const custom = names.filter((name) => name.startsWith('CUSTOM_ENV_')).map((name) => name.slice(11));
    expect(names.slice(-custom.length)).toEqual(custom.map((name) => `CUSTOM_ENV_${name}`));
    expect(names.slice(0, -custom.length)).toEqual([
      ...['PATH', 'TOY_HOME', 'HOST_ONLY', 'PWD'],
      ...['TMPDIR', 'BUILD_FAILURE_EXIT_CODE', 'SYSTEM_FAILURE_EXIT_CODE', 'BUILD_EXIT_CODE_FILE', 'JOB_RESPONSE_FILE'],
      'TOY_ATTEMPT',
    ]);
    expect(custom.slice(0, FEATURE_FLAGS.size)).toEqual([...FEATURE_FLAGS.keys()]);
    expect(custom.slice(FEATURE_FLAGS.size, FEATURE_FLAGS.size + 9)).toEqual([
      ...['CI_JOB_IMAGE', 'CI_RUNNER_SHORT_TOKEN', 'CI_BUILDS_DIR', 'CI_PROJECT_DIR', 'CI_CONCURRENT_ID'],
      ...['CI_CONCURRENT_PROJECT_ID', 'CI_SERVER', 'CI_JOB_STATUS', 'CI_JOB_TIMEOUT'],
    ]);
    expect(custom.slice(-6)).toEqual([
      ...['CI_SHARED_ENVIRONMENT', 'CI_RUNNER_VERSION', 'CI_RUNNER_REVISION', 'CI_RUNNER_EXECUTABLE_ARCH'],
      ...['RUNNER_TEMP_PROJECT_DIR', 'CI_JOB_SERVICES'],
    ]);
    expect(env.get('BUILD_FAILURE_EXIT_CODE')).toBe('1');
    expect(env.get('TMPDIR')).toBe(cwd);
    expect(env.get('PWD')).toBe('/elsewhere');
    expect(env.get('CUSTOM_ENV_CI_JOB_IMAGE')).toBe('node:22');
    expect(env.get('CUSTOM_ENV_GREETING')).toBe('hello shop for $1');
    expect(env.get('CUSTOM_ENV_RAW')).toBe('$TAG');
    expect(env.get('CUSTOM_ENV_SETTINGS')).toBe('{"a": 1}\n');
    expect(env.get('CUSTOM_ENV_WHERE')).toBe(`${env.get('CUSTOM_ENV_RUNNER_TEMP_PROJECT_DIR')}/SETTINGS`);
    expect(JSON.parse(env.get('CUSTOM_ENV_CI_JOB_SERVICES') ?? '')).toEqual([
      {
        name: 'postgres:16',
        alias: 'db',
        entrypoint: null,
        command: ['postgres', '-c', 'a<b'],
        variables: { PASSWORD: 'hello shop for $1' },
      },
      { name: 'redis:7', alias: '', entrypoint: null, command: null },
    ]);
  });

  it('writes folder, response and scripts with the runner’s permissions, the response as one line of Go’s JSON', async () => {
    const { recorded } = await wholeJob();
    for (const { args, modes, cwd, response } of recorded) {
      expect(modes).toEqual(args[0] === 'run' ? ['700', '600', '700'] : ['700', '600']);
      expect(cwd).toMatch(/\/tmp\/custom-executor\w+$/);
      expect(response.indexOf('\n')).toBe(response.length - 1);
    }
    const response = recorded[0]?.response ?? '';
    expect(response).toContain(String.raw`a\u003cb`);
    expect(JSON.parse(response)).toMatchObject({
      id: 4711,
      image: { name: 'node:22' },
      git_info: { repo_url: 'http://gitlab-ci-token:glcbt-64_token-of-job-4711@gitlab.example.com/acme/shop.git' },
    });
    expect((JSON.parse(response) as { variables: unknown }).variables).toContainEqual(variable('TAG', '22'));
  });

  it('writes the log as GitLab stores it', async () => {
    const { text, log } = await wholeJob();
    expect(text.startsWith('\x1b[0KRunning with gitlab-runner 19.4.0 (d79f3e7b)\x1b[0;m\n')).toBe(true);
    expect(text).toContain('\x1b[0K  feature flags: FF_TIMESTAMPS:false\x1b[0;m\n');
    const timeless = text.replace(/:\d{9,}:/g, ':T:');
    expect(timeless).toContain(
      'section_start:T:prepare_executor\r\x1b[0K\x1b[0K\x1b[36;1mPreparing the "custom" executor\x1b[0;m\x1b[0;m\n' +
        '\x1b[0KUsing Custom executor with driver toy 1.2...\x1b[0;m\nsection_end:T:prepare_executor\r\x1b[0Ksection_start:T:prepare_script',
    );
    expect(timeless).toContain(
      'section_start:T:step_script\r\x1b[0K\x1b[0K\x1b[36;1mExecuting "step_script" stage of the job script\x1b[0;m\x1b[0;m\n' +
        "\x1b[0;33mWARNING: Starting with version 17.0 the 'build_script' stage",
    );
    expect(text).toContain('\x1b[32;1m$ echo "$GREETING"\x1b[0;m\nhello shop for $1\n');
    expect(text).toContain('test "$SECRET" = [MASKED]');
    expect(text).toContain('status success, A is from-script\n');
    expect(timeless.endsWith('section_end:T:cleanup_file_variables\r\x1b[0K\x1b[32;1mJob succeeded\x1b[0;m\n')).toBe(
      true,
    );
    const shown = renderForTerminal(log);
    expect(shown).not.toContain('section_');
    expect(shown).toContain('\n\x1b[36;1mRunning after_script\x1b[0;m');
    expect(shown).toMatch(/^Running on \S+ via toy-host\.\.\.$/m);
  });
});
