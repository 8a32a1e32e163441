import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { WireValue } from '../../src/eci/container-groups.ts';
import { type JobFields, jobPayload } from '../standin/job.ts';
import { DRIVER } from '../support/bundle.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.stop());

async function explain(
  job: object,
  ...args: readonly string[]
): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const file = join(world.folder, 'response.json');
  await writeFile(file, JSON.stringify(job));
  return new Promise((resolve) =>
    execFile(
      process.execPath,
      [DRIVER, 'explain', '--config', world.settingsFile, ...args, file],
      { env: world.environment },
      (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr }),
    ),
  );
}

/** As ECI's API has it: `Container.1.Name`. */
function flat(value: WireValue, name = ''): [string, string][] {
  if (value === undefined) return [];
  if (typeof value !== 'object') return [[name, String(value)]];
  const entries = Array.isArray(value)
    ? (value as WireValue[]).map((each, index) => [index + 1, each] as const)
    : Object.entries(value);
  return (entries as (readonly [string | number, WireValue])[]).flatMap(([key, inner]) =>
    flat(inner, name === '' ? String(key) : `${name}.${key}`),
  );
}

/** What each attempt makes anew, or what the call adds. */
const OWN = /^(ContainerGroupName|ClientToken|RegionId|ActiveDeadlineSeconds|Tag\.\d+\.Value|Volume\..*Content)$/;

const comparable = (parameters: Iterable<readonly [string, string]>): Record<string, string> =>
  Object.fromEntries(
    [...parameters]
      .filter(([name]) => !OWN.test(name))
      .map(([name, value]) => [
        name,
        value.replace(/[0-9a-f]{16}/g, 'ATTEMPT').replace(/max-lifetime=\d+/, 'max-lifetime'),
      ]),
  );

const JOB: JobFields = { image: 'alpine:3.20', script: ['true'], variables: { KUBERNETES_CPU_REQUEST: '4' } };

describe('explain', () => {
  it('prints the create call that the job then makes', async () => {
    world = await startWorld({ settings: 'cpu_request_overwrite_max_allowed = "8"' });
    const { stdout, stderr, code } = await explain(jobPayload(JOB), '--json', '--runner-version', '19.4.0');
    expect([code, stderr]).toEqual([0, '']);
    expect(world.emulator.requests()).toEqual([]);
    await world.run(JOB);
    const made = world.emulator.requests().find(({ action }) => action === 'CreateContainerGroup');
    expect(comparable(flat(JSON.parse(stdout) as WireValue))).toEqual(
      comparable(Object.entries(made?.parameters ?? {})),
    );
  });

  it('tells people about containers, wishes and attempts, and asks the cloud nothing', async () => {
    world = await startWorld({ settings: 'cpu_request_overwrite_max_allowed = "8"' });
    const { stdout } = await explain(jobPayload(JOB), '--runner-version', '19.4.0');
    expect(stdout).toContain('"CPURequest" overwritten with "4"');
    expect(stdout).toMatch(/^build +alpine:3\.20 +IfNotPresent +none +/m);
    expect(stdout).toMatch(/^1 +cn-beijing-h +4-8Gi +spot$/m);
    expect(stdout).toMatch(/^2 attempts in each round\. Nothing was created\.$/m);
    expect(world.emulator.requests()).toEqual([]);
  });

  it('says why a job would be refused, in the words that its log would have', async () => {
    world = await startWorld({ settings: 'cpu_request_overwrite_max_allowed = "2"' });
    const { code, stdout, stderr } = await explain(jobPayload(JOB));
    expect(stdout).toBe('');
    expect(stderr).toMatch(/"CPURequest" requested "4" is higher than limit allowed "2"/);
    expect(code).toBe(1);
  });

  it('shows no secret of the job', async () => {
    world = await startWorld();
    const login = { type: 'registry', url: 'registry.example.com', username: 'ci', password: 'glcbt-64_password' };
    const job = { ...jobPayload({ ...JOB, image: 'registry.example.com/a:1' }), credentials: [login] };
    for (const args of [[], ['--json']]) {
      const { stdout } = await explain(job, ...args);
      expect(stdout).toContain('registry.example.com');
      expect(stdout).not.toContain(login.password);
    }
  });

  it("shows no value of a service's environment, whether it is masked or not", async () => {
    world = await startWorld();
    const services = [{ name: 'postgres:16', variables: [{ key: 'POSTGRES_PASSWORD', value: 'short', public: true }] }];
    const { stdout } = await explain({ ...jobPayload(JOB), services }, '--json');
    expect(stdout).toMatch(/"Key": "POSTGRES_PASSWORD",\s+"Value": "…"/);
  });

  it('says so when the file is none', async () => {
    world = await startWorld();
    const { code, stderr } = await explain(['nothing']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/job response that GitLab Runner wrote cannot be read/);
  });
});
