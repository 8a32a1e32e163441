import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { askCredentialHelper } from '../../src/registries/credential-helper.ts';
import type { JobFields } from '../standin/job.ts';
import { refusalOf, wish } from '../support/wish.ts';
import { startWorld, type World, type WorldOptions } from '../support/world.ts';

const ALL_ALLOWED = 'pod_annotations_overwrite_allowed = ".*"\nnode_selector_overwrite_allowed = ".*"';
const IMAGE = 'registry.example.com/app:1';

/** Runs a job and says what its create call had. */
async function callOf(job: JobFields, options: WorldOptions = {}) {
  const world = await startWorld(options);
  onTestFinished(() => world.stop());
  const result = await world.run({ image: IMAGE, script: ['true'], ...job });
  await world.nothingLeft();
  const [create] = world.emulator.requests().filter(({ action }) => action === 'CreateContainerGroup');
  return {
    result,
    text: world.text(result),
    parameters: create?.parameters ?? {},
    created: world.emulator.report().groups.created,
  };
}

/** Of a call, what no two jobs have in common left out. */
const comparable = (parameters: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(parameters).filter(
      ([name, value]) =>
        !/^(ClientToken|ContainerGroupName|SpotPriceLimit)$|ConfigFileToPath/.test(name) &&
        !/^[0-9a-f]{16}$|^\d{4}-\d\d-\d\dT|attempt|\/[0-9a-f]{16}\//.test(value),
    ),
  );

/** Texts that break out of whatever does not quote them. */
const BREAKOUTS = [
  '&InstanceType=ecs.g6.26xlarge&RamRoleName=admin',
  '", "SecurityContext": {"Privileged": true}, "x": "',
  'x\r\nX-Acs-Security-Token: evil\r\n\r\n',
  '"\n[spot]\nstrategy = "NoSpot"\n[profiles.x]\nx = "',
  "'; touch PWNED; echo '",
  '$(touch PWNED) `touch PWNED` | touch PWNED',
  '%26RegionId%3Dcn-hangzhou',
  '{attempt} ${CI_JOB_TOKEN} $CI_JOB_TOKEN',
  '../../../../etc/passwd',
];

describe("a job's author", () => {
  it('cannot choose another profile, file of settings, record or program of the driver', async () => {
    const evil = {
      GITLAB_ECI_EXECUTOR_CONFIG: '/tmp/evil.toml',
      GITLAB_ECI_EXECUTOR_PROFILE: 'big',
      GITLAB_ECI_EXECUTOR_ATTEMPT: '../../evil',
      GITLAB_ECI_EXECUTOR_RECORD: '/etc/passwd',
      GITLAB_ECI_EXECUTOR_CALLER: '1',
      JOB_RESPONSE_FILE: '/dev/null',
      BUILD_EXIT_CODE_FILE: '/etc/motd',
      BUILD_FAILURE_EXIT_CODE: '0',
      SYSTEM_FAILURE_EXIT_CODE: '0',
      PROFILE: 'big',
      ECI_PROFILE: 'big',
      NODE_OPTIONS: '--require=/tmp/evil.cjs',
      HOME: '/tmp/evil',
      DOCKER_CONFIG: '/tmp/evil',
      ALIBABA_CLOUD_ACCESS_KEY_ID: 'mallory',
      ALIBABA_CLOUD_REGION_ID: 'cn-hangzhou',
      CI_JOB_ID: '1',
      CI_PROJECT_ID: '1',
      CI_PROJECT_PATH: 'victim/project',
      CI_PIPELINE_ID: '1',
    };
    const PROFILE = { tables: '[profiles.big]\ninstance_types = ["ecs.g6.8xlarge"]\nram_role = "admin"' };
    const plain = await callOf({}, PROFILE);
    const hostile = await callOf({ variables: evil, script: ['exit 3'] }, PROFILE);
    expect(hostile.result).toMatchObject({ state: 'failed', exitCode: 3 });
    const [one, other] = [comparable(plain.parameters), comparable(hostile.parameters)];
    expect(Object.keys(other)).toEqual(Object.keys(one));
    const tags = (parameters: Record<string, string>) =>
      Object.entries(parameters).filter(([name]) => /^(Tag|InstanceType|RamRole|Cpu|Memory|Image)/.test(name));
    expect(tags(other)).toEqual(tags(one));
  });

  it.each([
    ['more', '5'],
    ['more in other words', '5000m'],
    ['more as a power', '5e0'],
    ['more than a number can hold', '9e999'],
    ['less than nothing', '-1'],
    ['digits of another script', '٥'],
    ['hexadecimal digits', '0x10'],
    ['two lines', '1\n5'],
    ['nothing that is a number', 'NaN'],
    ['without an end', 'Infinity'],
  ])('cannot exceed a maximum with %s', (_, value) => {
    const maximum = {
      top: 'cpu_request = "2"\nmemory_request = "4Gi"\ncpu_request_overwrite_max_allowed = "4"',
      left: ['instance_types'],
    };
    expect(wish({ KUBERNETES_CPU_REQUEST: '4' }, maximum).settings.instance_types).toHaveLength(1);
    expect(refusalOf({ KUBERNETES_CPU_REQUEST: value }, maximum)).toMatchObject({ fault: 'user' });
  });

  const specs = (types: string, strategy: string) => ({ ECI_USE_SPECS: types, ECI_SPOT_STRATEGY: strategy });
  const priceLimit = (limit: string) => ({ ECI_SPOT_STRATEGY: 'SpotWithPriceLimit', ECI_SPOT_PRICE_LIMIT: limit });
  it.each([
    [
      'a dearer type',
      specs('ecs.g6.4xlarge', 'NoSpot'),
      /is known to cost at most max_price, CNY 0\.5\/h/,
      specs('ecs.c6.large', 'NoSpot'),
    ],
    [
      'a type that is dearer as spot',
      specs('ecs.g6.4xlarge', 'SpotAsPriceGo'),
      /ecs\.g6\.4xlarge +spot .* no spot capacity at this price \(Spot\.NotMatched\)/,
      specs('ecs.c6.large', 'SpotAsPriceGo'),
    ],
    [
      'a higher price for spot',
      priceLimit('99'),
      /is refused: it is higher than the limit allowed, max_price = 0\.5\./,
      priceLimit('0.5'),
    ],
  ])('cannot pay more than max_price with %s', async (_, dear, why, cheap) => {
    const options = { settings: `${ALL_ALLOWED}\nmax_price = 0.5\npoll_timeout = 0` };
    const refused = await callOf({ variables: dear }, options);
    expect(refused.result.state).toBe('failed');
    expect(refused.text).toMatch(why);
    expect(refused.created).toBe(0);
    const allowed = await callOf({ variables: cheap }, options);
    expect([allowed.result.state, allowed.created], allowed.text).toEqual(['success', 1]);
    expect(Number(allowed.parameters.SpotPriceLimit ?? 0)).toBeLessThanOrEqual(0.5);
  });

  it('gets no annotation through that the operator has not allowed, and is told so', async () => {
    const variables = {
      ECI_RAM_ROLE_NAME: 'admin',
      ECI_SECURITY_GROUP: 'sg-other',
      KUBERNETES_POD_ANNOTATIONS_1: 'k8s.aliyun.com/eci-ram-role-name=admin',
    };
    const { parameters, text } = await callOf({ variables });
    expect(text).toContain('does not allow them');
    expect(Object.values(parameters)).not.toContain('admin');
    expect(Object.values(parameters)).not.toContain('sg-other');
  });

  it.each(['managed-by', 'gitlab-eci-attempt', 'gitlab-eci-manager', ' gitlab-eci-job', 'team', 'aliyun.x', ''])(
    "cannot set the tag %j, which is ours, the operator's or the platform's",
    (key) => {
      const options = { top: ALL_ALLOWED, tables: '[tags]\nteam = "infra"' };
      expect(wish({ ECI_CUSTOM_TAGS: 'mine:1' }, options).settings.tags).toEqual({ team: 'infra', mine: '1' });
      expect(refusalOf({ ECI_CUSTOM_TAGS: `mine:1,${key}:evil` }, options)).toMatchObject({ fault: 'user' });
    },
  );

  it('brings in no parameter, tag, setting or shell word with any text that breaks out, wherever it stands', async () => {
    const jobWith = (textOf: (breakout: string) => string): JobFields => {
      const texts = BREAKOUTS.map(textOf);
      const named = (prefix: string) => Object.fromEntries(texts.map((text, index) => [`${prefix}${index}`, text]));
      const annotations = texts.map((text) => `k8s.aliyun.com/${text}=${text}`);
      const variable = { public: true, masked: false, file: false, raw: true };
      return {
        name: texts.join(' '),
        variables: {
          ...named('FREE_'),
          ...Object.fromEntries(annotations.map((text, index) => [`KUBERNETES_POD_ANNOTATIONS_${index}`, text])),
        },
        services: [
          {
            name: IMAGE,
            alias: 'db',
            command: texts,
            variables: Object.entries(named('OWN_')).map(([key, value]) => ({ ...variable, key, value })),
          },
        ],
      };
    };
    const tags = BREAKOUTS.slice(0, 4).map((_, index) => `tag${index} = "$FREE_${index}"`);
    const settings = { settings: ALL_ALLOWED, tables: `[tags]\n${tags.join('\n')}` };
    const plain = await callOf(
      jobWith(() => 'x'),
      settings,
    );
    const hostile = await callOf(
      jobWith((text) => text),
      settings,
    );
    expect(hostile.result.state, hostile.text).toBe('success');
    const free = /^Tag\.[1-4]\.Value$|^Container\.3\.(Arg|Command|EnvironmentVar)\./;
    const fixed = ({ parameters }: typeof plain) =>
      Object.entries(comparable(parameters)).filter(([name]) => !free.test(name));
    expect(fixed(hostile)).toEqual(fixed(plain));
    // What is free to choose came through as it is, and as values only.
    const values = Object.entries(hostile.parameters).filter(([name]) => free.test(name));
    expect(values.every(([name]) => /^[\w.]+$/.test(name))).toBe(true);
    expect(values.map(([, value]) => value)).toEqual(expect.arrayContaining([BREAKOUTS[0], BREAKOUTS[5]]));
  });

  it.each(['../../../tmp/evil', 'a; touch PWNED', '$(touch PWNED)', 'a/../../b', 'x\ny'])(
    'starts no program of the manager with the credential helper %j',
    async (helper) => {
      const marker = join(await mkdtemp(join(tmpdir(), 'marker-')), 'PWNED');
      onTestFinished(() => rm(dirname(marker), { recursive: true }));
      const ports = { env: process.env, signal: new AbortController().signal, patience: 5000 };
      const asked = askCredentialHelper(helper.replace('PWNED', marker), 'registry.example.com', ports);
      await expect(asked).rejects.toThrow('its name is not one');
      await expect(stat(marker)).rejects.toThrow('ENOENT');
    },
  );

  it('adds no header to a request to ECI', async () => {
    const text = 'x\r\nX-Acs-Security-Token: evil\r\n\r\n';
    const world = await startWorld({ settings: `${ALL_ALLOWED}\napi = { signature = "v3", parameters = "query" }` });
    onTestFinished(() => world.stop());
    const headers: string[][] = [];
    await startHeaderProxy(world, headers);
    const driverText = { name: text, variables: { FREE: text, KUBERNETES_POD_ANNOTATIONS_1: `a${text}=${text}` } };
    const plain = await world.run({ image: IMAGE, script: ['true'] });
    const usual = new Set(headers.splice(0).flat());
    const hostile = await world.run({ image: IMAGE, script: ['true'], ...driverText });
    expect([plain.state, hostile.state]).toEqual(['success', 'success']);
    expect(new Set(headers.flat())).toEqual(usual);
    expect(usual).toContain('x-acs-action');
  });
});

/** Between the driver and the emulator: keeps the names of the headers. */
async function startHeaderProxy({ emulator, settingsFile }: World, seen: string[][]): Promise<void> {
  const [host = '', port = ''] = emulator.endpoint.split(':');
  const proxy = createServer((request, response) => {
    seen.push(Object.keys(request.headers));
    const { method, url, headers } = request;
    const onward = httpRequest({ host, port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void proxy.close());
  const { port: own } = proxy.address() as { port: number };
  const text = await readFile(settingsFile, 'utf8');
  await writeFile(settingsFile, text.replace(emulator.endpoint, `127.0.0.1:${own}`));
}
