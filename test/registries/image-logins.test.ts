import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { imageLogins } from '../../src/registries/image-logins.ts';
import { CredentialHelpers, offersOfDockerConfig } from '../../src/registries/offered-logins.ts';
import type { RegistryLogin } from '../../src/runner/job.ts';
import { settingsOf } from '../support/settings.ts';

const HOST = 'registry.example.com';
const APP = `${HOST}/shop/app:1`;

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'image-logins-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const signal = new AbortController().signal;
const auth = (user: string) => ({ auth: Buffer.from(`${user}:of ${user}`).toString('base64') });
const auths = (logins: Readonly<Record<string, string>>): string =>
  JSON.stringify({ auths: Object.fromEntries(Object.entries(logins).map(([key, user]) => [key, auth(user)])) });

interface Given {
  readonly images?: readonly string[];
  /** DOCKER_AUTH_CONFIG. */
  readonly variable?: string;
  /** `~/.docker/config.json`. */
  readonly file?: string;
  readonly gitlab?: readonly RegistryLogin[];
  readonly settings?: string;
  readonly env?: Readonly<Record<string, string>>;
}

async function find({ images = [APP], variable, file, gitlab = [], settings = '', env = {} }: Given) {
  if (file !== undefined) {
    await mkdir(join(home, '.docker'), { recursive: true });
    await writeFile(join(home, '.docker', 'config.json'), file);
  }
  return imageLogins(
    images,
    { registryLogins: gitlab },
    settingsOf(settings),
    {
      HOME: home,
      PATH: `${home}:${process.env.PATH}`,
      ...(variable === undefined ? {} : { CUSTOM_ENV_DOCKER_AUTH_CONFIG: variable }),
      ...env,
    },
    signal,
  );
}

/** Who logs in for each image; undefined for nobody. */
async function users(given: Given): Promise<(string | undefined)[]> {
  const { logins } = await find(given);
  return (given.images ?? [APP]).map((image) => logins.find((each) => each.image === image)?.username);
}

async function helper(name: string, script: string): Promise<void> {
  const file = join(home, `docker-credential-${name}`);
  await writeFile(file, `#!/bin/sh\necho "$1" >> ${home}/${name}.calls\n${script}\n`);
  await chmod(file, 0o755);
}
const calls = async (name: string): Promise<string[]> =>
  (await readFile(join(home, `${name}.calls`), 'utf8').catch(() => '')).trim().split('\n').filter(Boolean);

const gitlab = [{ registry: HOST, username: 'gitlab', password: 'of gitlab' }];

describe('the login of an image', () => {
  it("comes from the job's variable first, then from this host, then from GitLab", async () => {
    const variable = auths({ [HOST]: 'variable' });
    const file = auths({ [HOST]: 'host' });
    expect(await users({ gitlab })).toEqual(['gitlab']);
    expect(await users({ gitlab, file })).toEqual(['host']);
    expect(await users({ gitlab, file, variable })).toEqual(['variable']);
  });

  it('is that of the longest path, from whichever source', async () => {
    const images = [
      APP,
      `${HOST}/shop/other:1`,
      `${HOST}/lab/x:1`,
      `${HOST}/shopping/y:1`,
      'elsewhere.example.com/z:1',
    ];
    const variable = auths({ [HOST]: 'whole', [`${HOST}/lab`]: 'lab' });
    const file = auths({ [`${HOST}/shop`]: 'shop', [`${HOST}/shop/app`]: 'app' });
    expect(await users({ images, variable, file })).toEqual(['app', 'shop', 'lab', 'whole', undefined]);
  });

  it("of Docker Hub stands under Docker's own key", async () => {
    expect(
      await users({ images: ['node:22', 'acme/app:1'], variable: auths({ 'https://index.docker.io/v1/': 'hub' }) }),
    ).toEqual(['hub', 'hub']);
  });

  it('is kept by an older Docker in ~/.dockercfg, which counts where there is no newer file', async () => {
    await writeFile(join(home, '.dockercfg'), auths({ [HOST]: 'older' }));
    expect(await users({})).toEqual(['older']);
    expect(await users({ file: auths({ [HOST]: 'newer' }) })).toEqual(['newer']);
  });

  it('comes from the file of the settings, or from none', async () => {
    const named = join(home, 'named.json');
    await writeFile(named, auths({ [HOST]: 'named' }));
    const file = auths({ [HOST]: 'host' });
    expect(await users({ file, settings: `docker_config = "${named}"` })).toEqual(['named']);
    expect(await users({ file, settings: 'docker_config = "none"' })).toEqual([undefined]);
  });

  it('by the public address of a registry is that of its address in the VPC, where the settings choose it', async () => {
    const images = ['registry-vpc.cn-beijing.aliyuncs.com/shop/app:1'];
    const variable = auths({ 'registry.cn-beijing.aliyuncs.com/shop': 'acr' });
    expect(await users({ images, variable, settings: 'vpc_registries = true' })).toEqual(['acr']);
    expect(await users({ images, variable })).toEqual([undefined]);
  });
});

describe('credential helpers', () => {
  it('are asked for what an image needs, once, and a store is asked what it has', async () => {
    await helper(
      'store',
      `case "$1" in list) echo '{"https://${HOST}/v1/":"robot","unneeded.example.com":"x"}';;
       get) read key; echo "{\\"Username\\":\\"of $key\\",\\"Secret\\":\\"s\\"}";; esac`,
    );
    const images = [APP, `${HOST}/lab/x:1`, 'node:22'];
    expect(await users({ images, file: '{"credsStore":"store"}' })).toEqual([
      `of https://${HOST}/v1/`,
      `of https://${HOST}/v1/`,
      undefined,
    ]);
    expect(await calls('store')).toEqual(['list', 'get']);
  });

  it('that do not tell what they have are asked for the registries of the images', async () => {
    await helper(
      'mute',
      `[ "$1" = get ] || exit 1; read key; echo "{\\"Username\\":\\"of $key\\",\\"Secret\\":\\"s\\"}"`,
    );
    expect(await users({ images: [APP, 'node:22'], file: '{"credsStore":"mute"}' })).toEqual([
      `of ${HOST}`,
      'of https://index.docker.io/v1/',
    ]);
  });

  it("of a registry come before the store, and the store before the file's own", async () => {
    await helper('one', `echo '{"Username":"one","Secret":"s"}'`);
    await helper(
      'none',
      `[ "$1" = list ] && echo '{"${HOST}":"x"}' || { echo 'credentials not found in native keychain'; exit 1; }`,
    );
    const written = { auths: { [HOST]: auth('written') }, credsStore: 'none' };
    expect(await users({ file: JSON.stringify({ ...written, credHelpers: { [HOST]: 'one' } }) })).toEqual(['one']);
    expect(await users({ file: JSON.stringify(written) })).toEqual(['written']);
  });

  it("can be named by a job's variable, as in the runner, unless the settings switch them off", async () => {
    await helper('one', `echo '{"Username":"one","Secret":"s"}'`);
    const variable = JSON.stringify({ credHelpers: { [HOST]: 'one' } });
    expect(await users({ variable })).toEqual(['one']);
    expect(await users({ variable, settings: 'docker_config = "none"' })).toEqual([undefined]);
    expect(await calls('one')).toEqual(['get']);
  });

  it("do not get the job's variables", async () => {
    await helper(
      'curious',
      `echo "{\\"Username\\":\\"\${CUSTOM_ENV_SECRET-nothing} \${OTHER-}\\",\\"Secret\\":\\"s\\"}"`,
    );
    const env = { CUSTOM_ENV_SECRET: 'hunter2', OTHER: 'host' };
    expect(await users({ file: `{"credHelpers":{"${HOST}":"curious"}}`, env })).toEqual(['nothing host']);
  });

  it('that hang are given up, once, and other sources count', async () => {
    await helper('stuck', 'exec sleep 600');
    const helpers = new CredentialHelpers({ env: { PATH: `${home}:${process.env.PATH}` }, signal, patience: 300 });
    const config = { credHelpers: { [HOST]: 'stuck', 'other.example.com': 'stuck' } };
    const offers = await offersOfDockerConfig(config, 'test', [], helpers);
    for (const { find: ask } of offers)
      await expect(ask()).rejects.toThrow(/docker-credential-stuck .*had no end within 0.3 s/);
    expect(await calls('stuck')).toEqual(['get']);
  });
});

describe('a source that is of no use', () => {
  it.each<[string, Given, RegExp, boolean]>([
    ['a variable that is not JSON', { variable: 'hunter2' }, /read from DOCKER_AUTH_CONFIG: it is not JSON/, false],
    [
      'a variable that is cut off',
      { variable: '{"auths":{"r":{"auth":"hunter2' },
      /DOCKER_AUTH_CONFIG: it is not JSON/,
      false,
    ],
    [
      'a variable of another shape',
      { variable: '{"auths":{"r":{"auth":["hunter2"]}}}' },
      /DOCKER_AUTH_CONFIG: auths.r.auth is not what Docker writes/,
      false,
    ],
    [
      'a variable with a path for a helper',
      { variable: `{"credHelpers":{"${HOST}":"../evil"}}` },
      /its name is not one/,
      false,
    ],
    ['a file that is not JSON', { file: 'hunter2' }, /config\.json: it is not JSON/, true],
    ['a store that is not there', { file: '{"credsStore":"nowhere"}' }, /docker-credential-nowhere .*ENOENT/, true],
    [
      'an identity token',
      { file: JSON.stringify({ auths: { [HOST]: { identitytoken: 'hunter2' } } }) },
      /identity token, and ECI takes passwords only/,
      true,
    ],
  ])('is left out with a warning that does not show it: %s', async (_, given, warning, isIncomplete) => {
    const found = await find({ ...given, gitlab });
    expect(found.logins).toMatchObject([{ image: APP, username: 'gitlab' }]);
    expect(found.warnings).toEqual([expect.stringMatching(warning)]);
    expect(found.warnings[0]).toMatch(/Going on without it\.$/);
    expect(found.isIncomplete).toBe(isIncomplete);
    expect(JSON.stringify(found.warnings)).not.toContain('hunter2');
  });

  it.each(['', '  ', '{}', '{"auths":{}}'])('is not an empty one: "%s"', async (text) => {
    expect(await find({ variable: text, file: text === '' ? '{}' : text.trim() || '{}', gitlab })).toMatchObject({
      logins: [{ username: 'gitlab' }],
      warnings: [],
    });
  });

  it('is no reason to look at it when no image needs it', async () => {
    const found = await find({ images: ['node:22'], file: `{"credHelpers":{"${HOST}":"nowhere"}}` });
    expect(found).toEqual({ logins: [], warnings: [], isIncomplete: false });
  });
});
