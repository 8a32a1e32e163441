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

  it('names the volumes that this job does not get, because no container of it mounts them', async () => {
    const disk = (name: string, containers: string) =>
      `[[volumes.disk]]\nname = "${name}"\nsize = 20\nmount_path = "/${name}"\ncontainers = ["${containers}"]\n`;
    world = await startWorld({ tables: disk('scratch', 'services') + disk('data', 'build') });
    const { stdout } = await explain(jobPayload(JOB), '--runner-version', '19.4.0');
    expect(stdout).toMatch(/^data +FlexVolume$/m);
    expect(stdout).not.toMatch(/^scratch/m);
    expect(stdout).toMatch(/^Left out, because no container of this job mounts them: scratch$/m);
  });

  it('says why a job would be refused, in the words that its log would have', async () => {
    world = await startWorld({ settings: 'cpu_request_overwrite_max_allowed = "2"' });
    const { code, stdout, stderr } = await explain(jobPayload(JOB));
    expect(stdout).toBe('');
    expect(stderr).toMatch(/"CPURequest" requested "4" is higher than limit allowed "2"/);
    expect(code).toBe(1);
  });

  it('says what a group has no room for, wishes and services together, as the job would', async () => {
    world = await startWorld({ settings: 'pod_annotations_overwrite_allowed = "."' });
    const hosts = Array.from({ length: 100 }, (_, n) => ({ host: `h${n}`, ip: `10.0.0.${n}` }));
    const job: JobFields = {
      ...JOB,
      services: [{ name: 'postgres:16' }],
      variables: { ECI_CUSTOM_HOSTS: JSON.stringify(hosts) },
    };
    const { code, stderr } = await explain(jobPayload(job));
    const sentence = 'The services of the job have 1 host name; ECI takes 0 beside the host aliases.';
    expect([code, stderr]).toEqual([1, expect.stringContaining(sentence)]);
    expect(world.text(await world.run(job))).toContain(sentence);
  });

  it('refuses a Docker daemon among the services in the sentence of the job', async () => {
    world = await startWorld();
    const job: JobFields = { ...JOB, services: [{ name: 'docker:27-dind' }] };
    const { code, stderr } = await explain(jobPayload(job));
    const sentence = 'The service docker:27-dind is a Docker daemon';
    expect([code, stderr]).toEqual([1, expect.stringContaining(sentence)]);
    expect(world.text(await world.run(job))).toContain(sentence);
  });

  it('shows no secret of the job in what it refuses', async () => {
    world = await startWorld({
      settings: 'cpu_request_overwrite_max_allowed = "8"',
      tables: `[[volumes.empty_dir]]\nname = "v"\nmount_path = "{mounts}/$WHERE"`,
    });
    const secret = `first-word-of-it-${'x'.repeat(200)}`;
    const variables = (KUBERNETES_CPU_REQUEST: string, WHERE: string) => [
      { key: 'KUBERNETES_CPU_REQUEST', value: KUBERNETES_CPU_REQUEST, public: true, masked: true },
      { key: 'WHERE', value: WHERE, public: true },
    ];
    const wish = await explain({ ...jobPayload(JOB), variables: variables(secret, 'here') });
    expect(wish.stderr).toMatch(/KUBERNETES_CPU_REQUEST = "\[MASKED\]…" is refused/);
    expect(wish.stderr).not.toContain('first-word-of-it');
    // Not masked, and still nobody else's business.
    const place = await explain({ ...jobPayload(JOB), variables: variables('2', '../its place') });
    expect(place.stderr).toMatch(/\$WHERE" is no place with what the job has in WHERE/);
    expect(place.stderr).not.toContain('its place');
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

describe('explain under max_price', () => {
  const settings = (more: string) => ({
    settings: `instance_types = ["ecs.c6.2xlarge", "ecs.g6.2xlarge"]\n${more}`,
    tables: '[spot]\nstrategy = "NoSpot"',
  });
  const version = ['--runner-version', '19.4.0'];

  it('names what is too expensive with its price, and fails as the job does when nothing else is left', async () => {
    world = await startWorld(settings('max_price = 0.1'));
    const log = world.text(await world.run(JOB));
    const told = world.emulator.requests().length;
    const people = await explain(jobPayload(JOB), ...version);
    expect(people.stdout).toMatch(/^build +alpine:3\.20/m);
    expect(people.stdout).toMatch(
      /^above max_price CNY 0\.1\/h +cn-beijing-h +ecs\.c6\.2xlarge +on-demand +CNY \d\.\d+\/h$/m,
    );
    const programs = await explain(jobPayload(JOB), '--json', ...version);
    expect(programs.stdout).toBe('');
    const sentence = 'Nothing that the settings name is known to cost at most max_price, CNY 0.1/h.';
    for (const { code, stderr } of [people, programs])
      expect([code, stderr]).toEqual([2, expect.stringContaining(sentence)]);
    expect(log).toContain(sentence);
    expect(world.emulator.requests()).toHaveLength(told);
  });

  it('prints the call of the cheapest attempt, when the jobs of this host were told prices', async () => {
    world = await startWorld(settings('order = "price"\nmax_price = 1.7'));
    await world.run(JOB);
    const made = world.emulator.requests().find(({ action }) => action === 'CreateContainerGroup');
    const { code, stdout, stderr } = await explain(jobPayload(JOB), '--json', ...version);
    expect([code, stderr]).toEqual([0, '']);
    expect(comparable(flat(JSON.parse(stdout) as WireValue))).toEqual(
      comparable(Object.entries(made?.parameters ?? {})),
    );
    const people = await explain(jobPayload(JOB), ...version);
    expect(people.stdout).toMatch(/^1 +cn-beijing-h +ecs\.c6\.2xlarge +on-demand +CNY \d\.\d+\/h$/m);
    expect(people.stdout).toMatch(/^above max_price CNY 1\.7\/h +cn-beijing-h +ecs\.g6\.2xlarge /m);
  });

  it('refuses nothing for a price that this host does not know, and says so', async () => {
    world = await startWorld(settings('max_price = 0.1'));
    const programs = await explain(jobPayload(JOB), '--json', ...version);
    expect(programs.code).toBe(0);
    expect(JSON.parse(programs.stdout)).toMatchObject({ InstanceType: 'ecs.c6.2xlarge', SpotStrategy: 'NoSpot' });
    expect(programs.stderr).toContain('This host does not know the price of this call.');
    const people = await explain(jobPayload(JOB), ...version);
    expect(people.stdout).toMatch(/^1 +cn-beijing-h +ecs\.c6\.2xlarge +on-demand +not known$/m);
    expect(people.stdout).toContain('4 attempts in each round, 4 of them only at a price within max_price CNY 0.1/h.');
    expect(world.emulator.requests()).toEqual([]);
  });
});
