import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ARCHIVE_NAME } from '../../src/agent-image/archive-name.ts';
import { digestOf } from '../../src/agent-image/oci.ts';
import { readTar } from '../../src/agent-image/tar.ts';
import { DRIVER, type Finished, runDriver } from '../support/bundle.ts';
import { type RunningRegistry, startRegistry } from './docker-registry.ts';
import { missingPrograms } from './programs.ts';
import { sampleArchive } from './sample-image.ts';
import { startTokenService, type TokenService } from './token-service.ts';

const missing = missingPrograms('docker-registry', 'skopeo', 'openssl');
const PASSWORD = 'correct horse';
/** bcrypt, the only kind that docker-registry takes: of the password above. */
const HTPASSWD = 'robot:$2y$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2\n';
const basic = (user: string, password: string): string => Buffer.from(`${user}:${password}`).toString('base64');

let folder: string;
let archive: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'push-'));
  archive = join(folder, 'image.tar');
  await writeFile(archive, sampleArchive());
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Push {
  readonly flags?: readonly string[];
  readonly env?: Record<string, string>;
  readonly stdin?: string;
  /** Of Docker's config.json. */
  readonly logins?: Readonly<Record<string, unknown>>;
}

/** Runs `agent push` of the built program, with logins of this call only. */
async function push(image: string, { flags = [], env = {}, stdin = '', logins = {} }: Push = {}): Promise<Finished> {
  const docker = await mkdtemp(join(folder, 'docker-'));
  await writeFile(join(docker, 'config.json'), JSON.stringify({ auths: logins }));
  const words = ['agent', 'push', image, ...(flags.includes('--archive') ? [] : ['--archive', archive]), ...flags];
  return runDriver(words, { DOCKER_CONFIG: docker, ...env }, stdin);
}

/** Runs skopeo, which has no part in what we wrote. */
const skopeo = async (...words: string[]): Promise<Buffer> =>
  (await promisify(execFile)('skopeo', words, { encoding: 'buffer', timeout: 60_000 })).stdout;

const rawManifest = (image: string): Promise<Buffer> =>
  skopeo('inspect', '--raw', '--tls-verify=false', `docker://${image}`);

const indexOf = (bytes: Buffer): string => {
  const layout = JSON.parse(String(readTar(bytes).get('index.json'))) as { manifests: { digest: string }[] };
  return layout.manifests[0]?.digest ?? '';
};

describe.skipIf(missing !== undefined)(
  `agent push to Debian's docker-registry${missing ? ` (${missing})` : ''}`,
  () => {
    let registry: RunningRegistry;
    beforeAll(async () => {
      registry = await startRegistry();
    });
    afterAll(() => registry?.stop());

    it('uploads everything, which skopeo then copies byte for byte, for both architectures', async () => {
      const image = `${registry.host}/ops/whole:1`;
      const { code, stdout } = await push(image);
      expect(code).toBe(0);
      expect(stdout.match(/: uploaded, /g)).toHaveLength(7);
      expect(stdout).toContain(`agent_image = "${image}"`);
      const bytes = await readFile(archive);
      expect(digestOf(await rawManifest(image))).toBe(indexOf(bytes));
      const layout = join(folder, 'layout');
      await skopeo('copy', '--all', '--src-tls-verify=false', `docker://${image}`, `oci:${layout}:copy`);
      for (const [path, content] of readTar(bytes)) {
        if (path.startsWith('blobs/')) expect((await readFile(join(layout, path))).equals(content)).toBe(true);
      }
    });

    it('takes the version as the tag if there is none, and the archive beside the program, which may be called by a link', async () => {
      const [place, links] = [join(folder, 'program'), join(folder, 'links')];
      await Promise.all([place, links].map((each) => mkdir(each)));
      await copyFile(DRIVER, join(place, 'driver.cjs'));
      await copyFile(archive, join(place, ARCHIVE_NAME));
      await symlink(join(place, 'driver.cjs'), join(links, 'gitlab-eci-executor'));
      const image = `${registry.host}/ops/beside`;
      const { code, stdout } = await runDriver(['agent', 'push', image], {}, '', join(links, 'gitlab-eci-executor'));
      expect([code, stdout]).toEqual([0, expect.stringContaining(`agent_image = "${image}:1.2.3"`)]);
      expect(digestOf(await rawManifest(`${image}:1.2.3`))).toBe(indexOf(await readFile(archive)));
    });

    it('sends nothing again that is there', async () => {
      const image = `${registry.host}/ops/again:1`;
      await push(image);
      const { code, stdout } = await push(image);
      expect([code, stdout.match(/: there already, /g)?.length, stdout.includes('uploaded')]).toEqual([0, 7, false]);
    });

    it('moves a tag to another image, and says which one it had', async () => {
      const image = `${registry.host}/ops/moved:1`;
      await push(image);
      const other = join(folder, 'other.tar');
      await writeFile(other, sampleArchive('1.2.4'));
      const { code, stdout } = await push(image, { flags: ['--archive', other] });
      expect(code).toBe(0);
      expect(stdout).toContain(`uploaded in place of ${indexOf(await readFile(archive))}`);
      // The layers of both are the same.
      expect(stdout.match(/layer.*there already/g)).toHaveLength(2);
      expect(digestOf(await rawManifest(image))).toBe(indexOf(await readFile(other)));
    });

    it('says what to do when there is no archive', async () => {
      const { code, stdout } = await push(`${registry.host}/ops/none:1`, {
        flags: ['--archive', join(folder, 'none')],
      });
      expect([code, stdout]).toEqual([2, expect.stringContaining('npm run build:agent-image')]);
    });
  },
);

describe.skipIf(missing !== undefined)(`a docker-registry with passwords${missing ? ` (${missing})` : ''}`, () => {
  let registry: RunningRegistry;
  beforeAll(async () => {
    const path = join(folder, 'htpasswd');
    await writeFile(path, HTPASSWD);
    registry = await startRegistry({ htpasswd: { realm: 'test', path } });
  });
  afterAll(() => registry?.stop());
  const image = (name: string): string => `${registry.host}/${name}:1`;

  it.each<[string, () => Push]>([
    ['from stdin', () => ({ flags: ['--username', 'robot', '--password-stdin'], stdin: `${PASSWORD}\n` })],
    [
      'from the environment',
      () => ({ flags: ['--username', 'robot'], env: { GITLAB_ECI_EXECUTOR_REGISTRY_PASSWORD: PASSWORD } }),
    ],
    ['from Docker', () => ({ logins: { [registry.host]: { auth: basic('robot', PASSWORD) } } })],
  ])('takes a login %s', async (where, given) => {
    const name = image(where.toLowerCase().replaceAll(' ', '-'));
    const { code, stdout, stderr } = await push(name, given());
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).not.toContain(PASSWORD);
    const creds = ['--creds', `robot:${PASSWORD}`];
    const kept = await skopeo('inspect', '--raw', '--tls-verify=false', ...creds, `docker://${name}`);
    expect(digestOf(kept)).toBe(indexOf(await readFile(archive)));
  });

  it('asks for a login where there is none', async () => {
    const { code, stdout } = await push(image('nobody'));
    expect(code).toBe(2);
    expect(stdout).toMatch(/asks for a login, and there is none[^]*docker login[^]*--password-stdin/);
  });

  it('refuses a wrong one, which is not shown', async () => {
    const wrong = { [registry.host]: { auth: basic('robot', 'wrong-secret') } };
    const { code, stdout, stderr } = await push(image('wrong'), { logins: wrong });
    expect(code).toBe(2);
    expect(stdout).toMatch(/has refused the login for 127\.0\.0\.1:\d+ \(from .*config\.json\)/);
    expect(stdout + stderr).not.toMatch(new RegExp(`wrong-secret|${basic('robot', 'wrong-secret')}`));
  });

  it('has no use for an identity token, and says so', async () => {
    const { code, stdout } = await push(image('token'), { logins: { [registry.host]: { identitytoken: 'secret-1' } } });
    expect([code, stdout]).toEqual([2, expect.stringMatching(/takes a password only/)]);
    expect(stdout).not.toContain('secret-1');
  });
});

describe.skipIf(missing !== undefined)(`a docker-registry with tokens${missing ? ` (${missing})` : ''}`, () => {
  let tokens: TokenService;
  let registry: RunningRegistry;
  beforeAll(async () => {
    tokens = await startTokenService({
      [`Basic ${basic('robot', PASSWORD)}`]: ['pull', 'push'],
      [`Basic ${basic('reader', PASSWORD)}`]: ['pull'],
      'identity-1': ['pull', 'push'],
    });
    registry = await startRegistry(tokens.auth);
  });
  afterAll(async () => {
    await registry?.stop();
    await tokens?.stop();
  });

  it.each<[string, () => Push]>([
    ['a password', () => ({ flags: ['--username', 'robot', '--password-stdin'], stdin: PASSWORD })],
    ['an identity token', () => ({ logins: { [registry.host]: { identitytoken: 'identity-1' } } })],
  ])('takes what its token service gives for %s', async (what, given) => {
    const image = `${registry.host}/tokens/${what.replaceAll(' ', '-')}:1`;
    const { code, stdout } = await push(image, given());
    expect([code, stdout]).toEqual([0, expect.stringContaining(`Read back: it is the image in ${archive}`)]);
    const creds = ['--creds', `robot:${PASSWORD}`];
    const kept = await skopeo('inspect', '--raw', '--tls-verify=false', ...creds, `docker://${image}`);
    expect(digestOf(kept)).toBe(indexOf(await readFile(archive)));
  });

  it.each<[string, Push, RegExp]>([
    ['without a login', {}, /asks for a login, and there is none/],
    [
      'with a wrong password',
      { flags: ['--username', 'robot', '--password-stdin'], stdin: 'wrong-secret' },
      /127\.0\.0\.1:\d+ has refused the login .*\(from stdin\)/,
    ],
    [
      'with a login that may only pull',
      { flags: ['--username', 'reader', '--password-stdin'], stdin: PASSWORD },
      /has refused an upload[^]*Give this login the right to push to tokens\/refused/,
    ],
  ])('is not opened %s', async (_, given, message) => {
    const { code, stdout, stderr } = await push(`${registry.host}/tokens/refused:1`, given);
    expect([code, stdout]).toEqual([2, expect.stringMatching(message)]);
    expect(stdout + stderr).not.toContain('wrong-secret');
  });
});
