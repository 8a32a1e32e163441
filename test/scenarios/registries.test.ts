import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { JobFields } from '../standin/job.ts';
import { HELPER_IMAGE } from '../support/image-names.ts';
import { startWorld, type World, type WorldOptions } from '../support/world.ts';

let world: World;
afterEach(() => world.stop());

const APP = 'private.example.com/shop/app:1';
const PASSWORD = 'correct-horse-battery';
const REGISTRY = `[[registry]]
name = "private.example.com"
username = "robot"
password = "${PASSWORD}"
`;

const dockerConfig = (registry = 'private.example.com', password = PASSWORD): string =>
  JSON.stringify({ auths: { [registry]: { auth: Buffer.from(`robot:${password}`).toString('base64') } } });

interface Given extends WorldOptions {
  readonly job?: JobFields;
  /** Docker's configuration in the home of the runner's user. */
  readonly host?: string;
  /** By name: scripts of credential helpers on the runner's PATH. */
  readonly helpers?: Readonly<Record<string, string>>;
}

async function jobWith({ job, host, helpers = {}, ...options }: Given) {
  world = await startWorld({ scenario: REGISTRY, ...options });
  await mkdir(join(world.folder, '.docker'));
  if (host !== undefined) await writeFile(join(world.folder, '.docker', 'config.json'), host);
  for (const [name, script] of Object.entries(helpers)) {
    const file = join(world.folder, `docker-credential-${name}`);
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
  }
  const environment = { ...world.environment, PATH: `${world.folder}:${world.environment.PATH}` };
  const result = await world.run({ image: APP, script: ['echo it runs'], ...job }, { environment });
  await world.nothingLeft();
  const prepares = result.calls.filter((call) => call.stage === 'prepare').map((call) => call.exitCode);
  return { result, log: world.text(result), prepares };
}

const creates = () => world.emulator.requests().filter(({ action }) => action === 'CreateContainerGroup');
const pullPolicies = () => creates().map(({ parameters }) => parameters['Container.2.ImagePullPolicy']);

describe('an image of a registry that asks for a login', () => {
  const gitlab = { type: 'registry', url: 'private.example.com', username: 'robot', password: PASSWORD };
  it.each<[string, Given]>([
    ["the job's DOCKER_AUTH_CONFIG", { job: { variables: { DOCKER_AUTH_CONFIG: dockerConfig() } } }],
    [
      "the job's DOCKER_AUTH_CONFIG of type file",
      { job: { variables: { DOCKER_AUTH_CONFIG: { value: dockerConfig(), file: true } } } },
    ],
    ["Docker's login on the runner's host", { host: dockerConfig() }],
    [
      'a credential helper on it',
      {
        host: '{"credHelpers":{"private.example.com":"test"}}',
        helpers: { test: `echo '{"Username":"robot","Secret":"${PASSWORD}"}'` },
      },
    ],
    ['GitLab', { job: { credentials: [gitlab] } }],
    [
      "the job, although the runner's host has a wrong one",
      {
        job: { variables: { DOCKER_AUTH_CONFIG: dockerConfig('private.example.com/shop') } },
        host: dockerConfig('private.example.com', 'wrong'),
      },
    ],
    [
      'GitLab, although the DOCKER_AUTH_CONFIG is broken',
      { job: { variables: { DOCKER_AUTH_CONFIG: '{"auths":' }, credentials: [gitlab] } },
    ],
  ])('runs with the login of %s, which no log shows', async (_, given) => {
    const { result, log } = await jobWith(given);
    expect(log).toContain('it runs');
    expect(result.state).toBe('success');
    const driverLog = await readFile(join(world.folder, 'state', 'driver.log'), 'utf8');
    const secrets = [PASSWORD, Buffer.from(`robot:${PASSWORD}`).toString('base64')];
    for (const secret of secrets) expect(`${log}${driverLog}`).not.toContain(secret);
  });

  it.each<[string, Given, RegExp]>([
    ['nobody logs in', {}, /app:1 of the container build cannot be pulled: .*no basic auth credentials/],
    [
      'the login is wrong',
      { host: dockerConfig('private.example.com', 'hunter2-hunter2') },
      /app:1 of the container build cannot be pulled: .*401 Unauthorized/,
    ],
  ])("fails the job at once with the registry's sentence when %s", async (_, given, sentence) => {
    const { result, log, prepares } = await jobWith(given);
    expect(result.failureReason).toBe('script_failure');
    expect(prepares).toEqual([1]);
    expect(log).toMatch(sentence);
    expect(log).not.toContain('hunter2');
  });

  it("is not the job's fault when a login of the host cannot be read", async () => {
    const { result, log, prepares } = await jobWith({
      host: '{"credHelpers":{"private.example.com":"test"}}',
      helpers: { test: 'echo hunter2; exit 3' },
    });
    expect(result.failureReason).toBe('runner_system_failure');
    expect(prepares).toEqual([2, 2, 2]);
    expect(log).toContain(
      'docker-credential-test has given no login for private.example.com: it ended with 3. Going on',
    );
    expect(log).toContain("Mend the logins of the runner's host");
    expect(log).not.toContain('hunter2');
  });

  it("has another login than the helper's image of the same host", async () => {
    const [helperHost = ''] = HELPER_IMAGE.split('/');
    const { result } = await jobWith({
      scenario: `[[registry]]\nname = "${helperHost}/helper"\nusername = "a"\npassword = "of a"\n[[registry]]\nname = "${helperHost}/app"\nusername = "b"\npassword = "of b"`,
      job: {
        image: `${helperHost}/app:1`,
        credentials: [{ type: 'registry', url: `${helperHost}/app`, username: 'b', password: 'of b' }],
      },
      host: JSON.stringify({ auths: { [`${helperHost}/helper`]: { username: 'a', password: 'of a' } } }),
    });
    expect(result.state).toBe('success');
  });

  it('needs no login where the settings name its instance of Container Registry', async () => {
    const { result } = await jobWith({
      scenario: `${REGISTRY}acr_instance = "cri-test"`,
      tables: '[[acr_instance]]\nid = "cri-test"',
    });
    expect(result.state).toBe('success');
  });

  it('is pulled by its address in the VPC with the login for the public one', async () => {
    const { result } = await jobWith({
      scenario: REGISTRY.replace('private.example.com', 'registry-vpc.cn-beijing.aliyuncs.com/shop'),
      settings: 'vpc_registries = true',
      host: dockerConfig('registry.cn-beijing.aliyuncs.com'),
      job: { image: 'registry.cn-beijing.aliyuncs.com/shop/app:1' },
    });
    expect(result.state).toBe('success');
  });

  it('is pulled by its address in the VPC with the login that [parameters] have for the public one', async () => {
    const { result } = await jobWith({
      scenario: REGISTRY.replace('private.example.com', 'registry-vpc.cn-beijing.aliyuncs.com/shop'),
      settings: 'vpc_registries = true',
      tables: `[parameters]\nImageRegistryCredential = [{ Server = "registry.cn-beijing.aliyuncs.com", UserName = "robot", Password = "${PASSWORD}" }]`,
      job: { image: 'registry.cn-beijing.aliyuncs.com/shop/app:1' },
    });
    expect(result.state).toBe('success');
  });

  it('is not shown the login for the registry that it is a mirror of', async () => {
    const { log } = await jobWith({
      tables: '[image_mirrors]\n"docker.io/" = "private.example.com/mirror/"',
      host: dockerConfig('https://index.docker.io/v1/'),
      job: { image: 'node:22' },
    });
    expect(log).toMatch(/private\.example\.com\/mirror\/library\/node:22 .*no basic auth credentials/);
    expect(JSON.stringify(creates())).not.toContain(PASSWORD);
  });
});

describe('a registry that speaks plain http or signs for itself', () => {
  it.each([
    ['http', 'plain_http_registries'],
    ['self-signed', 'insecure_registries'],
  ])('(%s) is pulled from when %s names it', async (protocol, setting) => {
    const { result } = await jobWith({
      scenario: `[[registry]]\nname = "private.example.com"\nprotocol = "${protocol}"`,
      settings: `${setting} = ["private.example.com"]`,
    });
    expect(result.state).toBe('success');
  });

  it.each(['http', 'self-signed'])('(%s) is a system failure that names the setting otherwise', async (protocol) => {
    const { log, prepares } = await jobWith({
      scenario: `[[registry]]\nname = "private.example.com"\nprotocol = "${protocol}"`,
    });
    expect(prepares).toEqual([2, 2, 2]);
    expect(log).toMatch(
      /Name the registry in insecure_registries or, if it speaks plain http, in plain_http_registries/,
    );
  });
});

describe('an image that is not allowed', () => {
  it('fails the job with the list, before anything is created', async () => {
    const { result, log, prepares } = await jobWith({ settings: 'allowed_images = ["ruby:*", "node:*"]' });
    expect(result.failureReason).toBe('script_failure');
    expect(prepares).toEqual([1]);
    expect(log).toMatch(/"private\.example\.com\/shop\/app:1" image is not present on list of allowed images\./);
    expect(log).toMatch(/- ruby:\*\n- node:\*/);
    expect(creates()).toEqual([]);
  });

  it('of a service fails it too, with the list of services', async () => {
    const { result, log, prepares } = await jobWith({
      settings: 'allowed_services = ["postgres:*"]',
      job: { services: [{ name: 'postgres:16' }, { name: 'redis:7' }] },
    });
    expect(result.failureReason).toBe('script_failure');
    expect(prepares).toEqual([1]);
    expect(log).toMatch(/"redis:7" image is not present on list of allowed services\.[^]*- postgres:\*\n/);
    expect(creates()).toEqual([]);
  });

  it('may be the default one all the same', async () => {
    const { result } = await jobWith({
      scenario: '',
      settings: `allowed_images = ["ruby:*"]\nimage = "registry.example.com/app:1"`,
      job: { image: '' },
    });
    expect(result.state).toBe('success');
  });
});

const TIMEOUTS = `[[image]]\nname = "${APP}"\npull = "timeout"\nfailures = 1000\n`;

describe('pull policies', () => {
  it('are tried one after the other, each in a group of its own', async () => {
    const { result, log } = await jobWith({
      // What a cache has brought needs no registry.
      scenario: `${TIMEOUTS}[[image_cache]]\nid = "imc-1"`,
      settings: 'pull_policy = ["always", "if-not-present"]\nimage_cache_id = "imc-1"',
    });
    expect(result.state).toBe('success');
    expect(pullPolicies()).toEqual(['Always', 'IfNotPresent']);
    expect(log).toContain('Using effective pull policy of [Always IfNotPresent] for container build');
    expect(log).toMatch(
      /WARNING: Failed to pull image "private\.example\.com\/shop\/app:1" for container "build" with policy "Always": .*i\/o timeout/,
    );
    expect(log).toContain('Attempt #2: Trying "IfNotPresent" pull policy');
    expect(world.emulator.report().groups.created).toBe(2);
  });

  it.each(['timeout', 'garbage'])(
    'end in a system failure when no other one is left and the registry still gives %s',
    async (pull) => {
      const { result, log, prepares } = await jobWith({
        scenario: TIMEOUTS.replace('timeout', pull),
        settings: 'pull_policy = ["always", "always"]\nimage_pull_timeout = 1',
      });
      expect(result.failureReason).toBe('runner_system_failure');
      expect(prepares).toEqual([2, 2, 2]);
      expect(pullPolicies()).toEqual(Array.from({ length: 6 }, () => 'Always'));
      expect(log).toMatch(/did not start within 1 s \(pulling private\.example\.com\/shop\/app:1 fails so far/);
    },
  );

  it('are not tried any further when the registry says no', async () => {
    const { prepares } = await jobWith({ settings: 'pull_policy = ["always", "if-not-present"]' });
    expect(prepares).toEqual([1]);
    expect(pullPolicies()).toEqual(['Always']);
  });

  it('go on from never, when no cache has brought the image', async () => {
    const { result } = await jobWith({
      scenario:
        '[[image]]\nname = "registry.example.com/eci-agent:1"\npull = "cached"\n[[image]]\nname = "registry.example.com/helper:1"\npull = "cached"',
      settings: 'pull_policy = ["never", "always"]',
    });
    expect(result.state).toBe('success');
    expect(pullPolicies()).toEqual(['Never', 'Always']);
  });

  it('of a job count for its image alone, as far as the settings allow them', async () => {
    const { result, log } = await jobWith({
      scenario: `[[image]]\nname = "${APP}"\npull = "cached"`,
      settings: 'pull_policy = "always"\nallowed_pull_policies = ["always", "never"]',
      job: { pullPolicies: ['if-not-present', 'never'] },
    });
    expect(result.state).toBe('success');
    expect(log).toContain('Using effective pull policy of [Never] for container build');
    expect(log).toContain('Using effective pull policy of [Always] for container helper');
  });

  it('of a job that are not allowed fail it before anything is created', async () => {
    const { log, prepares } = await jobWith({
      settings: 'pull_policy = "if-not-present"',
      job: { pullPolicies: ['always'] },
    });
    expect(prepares).toEqual([1]);
    expect(log).toContain(
      'pull_policy ([Always]) defined in GitLab pipeline config is not one of the allowed_pull_policies ([IfNotPresent])',
    );
    expect(creates()).toEqual([]);
  });
});
