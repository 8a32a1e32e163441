import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findLogin, type LoginFlags } from '../../src/agent-image/login.ts';
import type { Login } from '../../src/registries/login.ts';
import type { Context } from '../../src/context.ts';
import { ManualClock } from '../support/manual-clock.ts';

const REGISTRY = 'registry.example.com:5000';
const output = { write: () => Promise.resolve(), closed: false };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'login-'));
  await helper(
    'good',
    `read key; echo "{\\"ServerURL\\":\\"$key\\",\\"Username\\":\\"of $key\\",\\"Secret\\":\\"kept\\"}"`,
  );
  await helper('token', 'echo \'{"Username":"<token>","Secret":"identity"}\'');
  await helper('empty', "echo 'credentials not found in native keychain'; exit 1");
  await helper('broken', "echo 'the secret is hunter2'; exit 3");
  await helper(
    'agent',
    `(while [ ! -e ${folder}/stop ] && [ $((n += 1)) -lt 600 ]; do sleep 0.1; done) &
    echo '{"Username":"robot","Secret":"kept"}'`,
  );
  await helper('chatty', 'echo hunter2');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function helper(name: string, script: string): Promise<void> {
  const file = join(folder, `docker-credential-${name}`);
  await writeFile(file, `#!/bin/sh\n[ "$1" = get ] || exit 9\n${script}\n`);
  await chmod(file, 0o755);
}

interface Given {
  /** Of Docker's config.json. */
  readonly config?: unknown;
  readonly flags?: LoginFlags;
  readonly stdin?: AsyncIterable<Uint8Array>;
  readonly env?: Readonly<Record<string, string>>;
  readonly registry?: string;
  readonly clock?: ManualClock;
}

async function login(given: Given): Promise<Login | undefined> {
  const { config, flags = {}, stdin = Readable.from([]), env = {}, registry = REGISTRY } = given;
  const home = await mkdtemp(join(folder, 'home-'));
  if (config !== undefined) {
    await writeFile(join(home, 'config.json'), typeof config === 'string' ? config : JSON.stringify(config));
  }
  const context: Context = {
    env: { PATH: `${folder}:${process.env.PATH}`, DOCKER_CONFIG: home, ...env },
    stdout: output,
    stderr: output,
    stdin: () => stdin,
    programFile: '',
    signal: new AbortController().signal,
    clock: given.clock ?? new ManualClock(),
    hostName: '',
    callerPid: 1,
    callerIsGone: () => false,
  };
  return findLogin(registry, flags, context);
}

const encoded = (text: string): string => Buffer.from(text).toString('base64');

describe("Docker's login", () => {
  it.each<[string, Given, object | undefined]>([
    ['is none where there is no file', {}, undefined],
    [
      'is none where nobody has logged in to this registry',
      { config: { auths: { other: { auth: encoded('a:b') } } } },
      undefined,
    ],
    ['is none after a logout', { config: { auths: { [REGISTRY]: {} } } }, undefined],
    [
      'is in the file, with colons in the password',
      { config: { auths: { [REGISTRY]: { auth: encoded('robot:a:b') } } } },
      { username: 'robot', password: 'a:b' },
    ],
    [
      'may stand under an address',
      { config: { auths: { [`https://${REGISTRY}/v1/`]: { auth: encoded('robot:x') } } } },
      { username: 'robot', password: 'x' },
    ],
    [
      'may be written in two words',
      { config: { auths: { [REGISTRY]: { username: 'robot', password: 'x' } } } },
      { username: 'robot', password: 'x' },
    ],
    [
      'may be an identity token',
      { config: { auths: { [REGISTRY]: { auth: encoded('robot:'), identitytoken: 'identity' } } } },
      { identityToken: 'identity' },
    ],
    [
      "of Docker Hub stands under Docker's own key",
      { registry: 'docker.io', config: { auths: { 'https://index.docker.io/v1/': { auth: encoded('me:x') } } } },
      { username: 'me', password: 'x' },
    ],
    [
      'comes from the credential store',
      { config: { credsStore: 'good', auths: { [REGISTRY]: {} } } },
      { username: `of ${REGISTRY}`, password: 'kept', source: 'docker-credential-good' },
    ],
    [
      "comes from the registry's own helper first",
      { config: { credsStore: 'good', credHelpers: { [REGISTRY]: 'token' } } },
      { identityToken: 'identity', source: 'docker-credential-token' },
    ],
    [
      'comes from the file where the store has none',
      { config: { credsStore: 'empty', auths: { [REGISTRY]: { auth: encoded('robot:x') } } } },
      { username: 'robot', password: 'x' },
    ],
  ])('%s', async (_, given, expected) => {
    const found = await login(given);
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(expected);
  });

  it('is not held up by a process that the helper leaves behind', async () => {
    try {
      expect(await login({ config: { credsStore: 'agent' } })).toMatchObject({ username: 'robot', password: 'kept' });
    } finally {
      await writeFile(join(folder, 'stop'), '');
    }
  }, 30_000);

  it.each([
    ['a file that is not JSON', 'password: hunter2', /config\.json: it is not JSON/],
    [
      'a file of another shape',
      { auths: { [REGISTRY]: { auth: ['hunter2'] } } },
      /auths\..*\.auth is not what Docker writes/,
    ],
    ['a helper that is missing', { credsStore: 'nowhere' }, /docker-credential-nowhere .*ENOENT/],
    ['a helper that fails', { credsStore: 'broken' }, /docker-credential-broken .*it ended with 3/],
    ['a helper that says something else', { credsStore: 'chatty' }, /docker-credential-chatty .*cannot be understood/],
    ['a helper with a path for a name', { credsStore: '../evil' }, /its name is not one/],
  ])('is refused from %s, and what stands there is not shown', async (_, config, message) => {
    const failed = login({ config });
    await expect(failed).rejects.toMatchObject({
      fault: 'operator',
      message: expect.stringMatching(message) as string,
      hint: expect.stringContaining('--username') as string,
    });
    await expect(failed).rejects.not.toThrow('hunter2');
  });
});

describe('the login of the flags', () => {
  const flags = { username: 'robot' };
  const docker = { auths: { [REGISTRY]: { auth: encoded('docker:x') } } };

  it("comes before Docker's; the password is one line on stdin", async () => {
    const found = await login({
      config: docker,
      flags: { ...flags, passwordStdin: true },
      stdin: Readable.from([Buffer.from('a '), Buffer.from('b\r\n')]),
    });
    expect(found).toEqual({ username: 'robot', password: 'a b', source: 'stdin' });
  });

  it('has its password in the environment otherwise', async () => {
    const env = { GITLAB_ECI_EXECUTOR_REGISTRY_PASSWORD: 'x' };
    expect(await login({ config: docker, flags, env })).toMatchObject({ username: 'robot', password: 'x' });
    expect(await login({ config: docker, env })).toMatchObject({ username: 'docker' });
  });

  it.each<[string, Given]>([
    ['a user without a password', { flags }],
    ['a user with nothing on stdin', { flags: { ...flags, passwordStdin: true } }],
    ['a password without a user', { flags: { passwordStdin: true } }],
    [
      'a password without an end',
      { flags: { ...flags, passwordStdin: true }, stdin: Readable.from([Buffer.alloc(70_000, 'x')]) },
    ],
  ])('is incomplete: %s', async (_, given) => {
    await expect(login(given)).rejects.toMatchObject({
      fault: 'operator',
      hint: expect.stringMatching(/--username.*--password-stdin.*GITLAB_ECI_EXECUTOR_REGISTRY_PASSWORD/) as string,
    });
  });

  it('is not waited for without end', async () => {
    const clock = new ManualClock();
    const stdin = new Readable({ read: () => undefined });
    const failed = login({ flags: { ...flags, passwordStdin: true }, stdin, clock });
    failed.catch(() => undefined);
    await clock.advanceUntil(failed);
    await expect(failed).rejects.toThrow(/No password has come on stdin within 60 s/);
  });
});
