import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DRIVER, type Finished, runDriver } from '../support/bundle.ts';
import { MINIMAL } from '../support/settings.ts';

let folder: string;
let config: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'program-'));
  config = join(folder, 'config.toml');
  await writeFile(config, `state_dir = "${folder}/state"\nbuilds_dir = "/b/{attempt}"\n${MINIMAL}`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const codes = { BUILD_FAILURE_EXIT_CODE: '31', SYSTEM_FAILURE_EXIT_CODE: '32' };

describe('config', () => {
  it('prints one JSON document and nothing else', async () => {
    const { code, stdout, stderr } = await runDriver(['config', '--config', config]);
    expect([code, stderr]).toEqual([0, '']);
    const document = JSON.parse(stdout) as Record<string, unknown> & { job_env: Record<string, string> };
    const attempt = document.job_env.GITLAB_ECI_EXECUTOR_ATTEMPT ?? '';
    expect(attempt).toMatch(/^[0-9a-f]{16}$/);
    expect(document).toMatchObject({
      driver: { name: 'gitlab-eci-executor', version: '0.1.0' },
      builds_dir: `/b/${attempt}`,
      cache_dir: '/cache',
      builds_dir_is_shared: false,
      job_env: { GITLAB_ECI_EXECUTOR_RECORD: `${folder}/state/jobs/${attempt}.json` },
    });
  });

  it('gives each attempt an id of its own', async () => {
    const [one, two] = await Promise.all([
      runDriver(['config', '--config', config]),
      runDriver(['config', '--config', config]),
    ]);
    expect(one.stdout).not.toBe(two.stdout);
  });

  it('takes the file from the environment too', async () => {
    expect((await runDriver(['config'], { GITLAB_ECI_EXECUTOR_CONFIG: config })).code).toBe(0);
  });

  it('lists every problem of wrong settings on stderr, as a system failure, and prints nothing for the runner to parse', async () => {
    const wrong = join(folder, 'wrong.toml');
    await writeFile(wrong, 'region = 7\nmanager = "x"');
    const { code, stdout, stderr } = await runDriver(['config', '--config', wrong], codes);
    expect([code, stdout]).toEqual([32, '']);
    expect(stderr).toContain('region: 7 is not valid: allowed is a string');
    expect(stderr).toContain('did you mean "manager_id"?');
    expect(stderr).toContain('agent_image: this setting is required');
  });
});

describe('an exit code', () => {
  it.each([[['nonsense']], [['run', 'only-one-argument']], [['config', '--no-such-option']]])(
    'of a wrong call is never the "build failure": %s',
    async (args) => {
      expect((await runDriver(args, codes)).code).toBe(32);
      expect((await runDriver(args)).code).toBe(2);
    },
  );

  it('of a job that no settings fit is a build failure in prepare, before anything is asked of the cloud', async () => {
    const response = join(folder, 'response.json');
    await writeFile(response, JSON.stringify({ id: 1, job_info: { project_id: 2 } }));
    const { code, stdout } = await runDriver(['prepare', '--config', config], {
      ...codes,
      JOB_RESPONSE_FILE: response,
      GITLAB_ECI_EXECUTOR_ATTEMPT: 'a',
      GITLAB_ECI_EXECUTOR_RECORD: `${folder}/state/jobs/a.json`,
    });
    expect(code).toBe(31);
    expect(stdout).toMatch(/The job names no image[^]*Add "image:" to the job/);
    await expect(stat(`${folder}/state/jobs`)).rejects.toThrow();
  });

  it('of a bug is a system failure; the stack stands in the driver log and nowhere else', async () => {
    const state = `${folder}/bug`;
    await mkdir(`${state}/jobs`, { recursive: true });
    const record = {
      version: 1,
      attempt: 'a',
      job: { id: 1, projectId: 2, gitlabHost: 'h' },
      host: 'h',
      caller: { bootId: 'b', pidNamespace: '1', mountNamespace: '1', pid: 1, startTime: '1' },
      cloud: {
        region: 'cn-beijing',
        endpoint: '127.0.0.1:9',
        protocol: 'http',
        signature: 'v2',
        parameters: 'body',
      },
      creates: [],
      machine: {
        groupId: 'eci-1',
        zone: 'z',
        address: '127.0.0.1',
        ports: { helper: 9, build: 9 },
        hostKeys: { helper: 'ssh-ed25519 AAAA', build: 'ssh-ed25519 AAAA' },
        clientKey: 'SECRET KEY',
      },
      limits: { reconnectTimeout: 1, abandonAfter: 60, cleanupTimeout: 60 },
      log: { file: `${state}/driver.log`, level: 'info' },
    };
    await writeFile(`${state}/jobs/a.json`, JSON.stringify(record));
    const bugConfig = join(folder, 'bug.toml');
    await writeFile(bugConfig, `state_dir = "${state}"\n${MINIMAL}`);
    // No foreseen failure: the runner always writes the script before it calls.
    const { code, stdout, stderr } = await runDriver(
      ['run', '--config', bugConfig, '/no/such/script', 'build_script'],
      {
        ...codes,
        GITLAB_ECI_EXECUTOR_RECORD: `${state}/jobs/a.json`,
      },
    );
    expect(code).toBe(32);
    expect(stdout).toMatch(
      /bug in gitlab-eci-executor 0\.1\.0 \(Error\)\. Its stack is in .*driver\.log on the manager/,
    );
    expect(stdout + stderr).not.toMatch(/\bat .*\(|no such file/);
    const log = await readFile(`${state}/driver.log`, 'utf8');
    expect(log).toContain('ENOENT');
    expect(log).not.toContain('SECRET KEY');
  });
});

describe('a bug in prepare', () => {
  it('is told in the driver log without the logins that only prepare has found', async () => {
    const home = join(folder, 'home');
    await mkdir(join(home, '.docker'), { recursive: true });
    const auth = Buffer.from('robot:pw of the docker file').toString('base64');
    await writeFile(join(home, '.docker', 'config.json'), JSON.stringify({ auths: { 'r.example.com': { auth } } }));
    const login = '{ Server = "s.example.com", UserName = "robot", Password = "pw of the parameters" }';
    const file = join(home, 'config.toml');
    const settings = `state_dir = "${home}/state"\nhelper_image = "h:1"\n${MINIMAL}\n[parameters]\nImageRegistryCredential = [${login}]`;
    await writeFile(file, settings, { mode: 0o600 });
    const job = { id: 1, job_info: { project_id: 2 }, image: { name: 'r.example.com/a:1' } };
    await writeFile(join(home, 'response.json'), JSON.stringify(job));
    // When all of it is known: keys are made for the group that would be asked for next.
    const preload = join(home, 'preload.cjs');
    const thrown = `new RangeError('it broke: pw of the docker file, pw of the parameters, ${auth}')`;
    await writeFile(preload, `require('node:crypto').generateKeyPairSync = () => { throw ${thrown}; };`);
    const { code, stdout } = await runDriver(['prepare', '--config', file], {
      ...codes,
      HOME: home,
      NODE_OPTIONS: `--require ${preload}`,
      JOB_RESPONSE_FILE: join(home, 'response.json'),
      GITLAB_ECI_EXECUTOR_ATTEMPT: 'a',
      GITLAB_ECI_EXECUTOR_RECORD: `${home}/state/jobs/a.json`,
    });
    expect([code, stdout]).toEqual([32, expect.stringMatching(/bug in .*\(RangeError\)/)]);
    const log = await readFile(`${home}/state/driver.log`, 'utf8');
    expect(log).toContain('"type":"RangeError","message":"it broke: [MASKED], [MASKED], ');
    expect(log).not.toContain(auth.slice(8, -4));
    expect(log.split('\n').filter((line) => line.includes('"msg":"bug"'))).toHaveLength(1);
  });
});

describe('an end that no command has chosen', () => {
  /** Runs `config` in a Node that something is wrong with. */
  async function withPreload(code: string): Promise<Finished> {
    const preload = join(folder, 'preload.cjs');
    await writeFile(preload, code);
    return runDriver(['config', '--config', config], { ...codes, NODE_OPTIONS: `--require ${preload}` });
  }

  it('is a system failure when nothing is left to wait for', async () => {
    const { code, stdout } = await withPreload(
      "require('node:fs/promises').readFile = () => new Promise(() => undefined);",
    );
    expect([code, stdout]).toEqual([32, '']);
  });

  it('is a system failure when the program cannot even be loaded', async () => {
    const { code, stdout, stderr } = await withPreload(
      "require('node:os').hostname = () => { throw new Error('no name'); };",
    );
    expect([code, stdout]).toEqual([32, '']);
    expect(stderr).toMatch(/cannot start \(Error: no name\)/);
  });

  it('is a system failure when a callback of a library throws', async () => {
    const { code, stderr } = await withPreload(
      "require('node:fs/promises').readFile = () => new Promise(() => setTimeout(() => { throw new RangeError('SECRET'); }, 1));",
    );
    expect(code).toBe(32);
    expect(stderr).toBe('gitlab-eci-executor failed through a bug (RangeError).\n');
  });
});

describe('run and cleanup', () => {
  it('run without a record says what is missing', async () => {
    const { code, stdout } = await runDriver(['run', '/dev/null', 'build_script'], codes);
    expect(code).toBe(32);
    expect(stdout).toMatch(/record of this job's container group is missing[^]*config_exec and prepare_exec/);
  });

  it('cleanup without an attempt has nothing to do, even without settings', async () => {
    expect(await runDriver(['cleanup', '--config', '/nowhere'], codes)).toEqual({
      code: 0,
      signal: null,
      stdout: '',
      stderr: '',
    });
  });
});

describe('the bundle carries code that V8 made of it', () => {
  const startedWith = async (program: string, flags: readonly string[]) =>
    promisify(execFile)(process.execPath, [...flags, program, 'config', '--config', config], { env: {} });

  it('and works without it: with other flags of V8, which refuses it then', async () => {
    const { stdout } = await startedWith(DRIVER, ['--no-opt']);
    expect(JSON.parse(stdout)).toMatchObject({ driver: { name: 'gitlab-eci-executor' } });
  });

  it('and works without it: built by another version of Node', async () => {
    const bundle = await readFile(DRIVER, 'latin1');
    const other = join(folder, 'other.cjs');
    const foreign = bundle.replace(`=== "${process.version} ${process.arch}"`, '=== "v0.0.0 other"');
    expect(foreign).not.toBe(bundle);
    await writeFile(other, foreign, 'latin1');
    const { stdout } = await startedWith(other, []);
    expect(JSON.parse(stdout)).toMatchObject({ driver: { name: 'gitlab-eci-executor' } });
  });
});
