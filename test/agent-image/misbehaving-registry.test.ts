import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { authorize } from '../../src/agent-image/authorize.ts';
import { httpSender, type Send } from '../../src/agent-image/http.ts';
import type { Login } from '../../src/registries/login.ts';
import { pushImage } from '../../src/agent-image/push-image.ts';
import { type AgentImage, readArchive } from '../../src/agent-image/read-archive.ts';
import { openRegistry } from '../../src/agent-image/registry.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { sampleArchive } from './sample-image.ts';
import { type Misbehaviour, type SmallRegistry, startSmallRegistry } from './small-registry.ts';

const LOGIN: Login = { username: 'robot', password: 'hunter2', source: 'stdin' };
const BASIC = `Basic ${Buffer.from('robot:hunter2').toString('base64')}`;

let folder: string;
let image: AgentImage;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'misbehaving-'));
  const archive = join(folder, 'image.tar');
  await writeFile(archive, sampleArchive());
  image = await readArchive(archive);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function registryThat(misbehave?: Misbehaviour): Promise<SmallRegistry> {
  const registry = await startSmallRegistry(misbehave);
  onTestFinished(() => registry.stop());
  return registry;
}

interface Ports {
  readonly login?: Login;
  readonly clock?: ManualClock;
  readonly signal?: AbortSignal;
}

/** @returns what was printed. */
async function push(base: URL, { login, clock = new ManualClock(), signal }: Ports = {}): Promise<string> {
  let printed = '';
  const output = {
    write: (text: Uint8Array | string) => Promise.resolve(void (printed += String(text))),
    closed: false,
  };
  const send = httpSender(clock, signal ?? new AbortController().signal);
  await pushImage(image, '1.2.3', {
    registry: openRegistry({ base, repository: 'a/b', login }, send),
    output,
    clock,
  });
  return printed;
}

describe('a registry that refuses', () => {
  const error = (code: string, message: string): string => JSON.stringify({ errors: [{ code, message }] });

  it.each([
    [
      'pushes',
      'POST',
      403,
      error('DENIED', 'no right'),
      'operator',
      /an upload \(status 403: DENIED no right\)/,
      /right to push to a\/b/,
    ],
    ['the repository', 'POST', 404, error('NAME_UNKNOWN', 'not here'), 'operator', /status 404/, /created first/],
    ['for now', 'HEAD', 429, error('TOOMANYREQUESTS', 'later'), 'platform', /status 429/, /again later/],
    ['because it is broken', 'GET', 503, '<html>', 'platform', /manifest|sha256/, /again later/],
    ['what it was sent', 'PUT', 400, error('DIGEST_INVALID', 'x'), 'operator', /upload of sha256/, /OCI format/],
  ])('%s: the sentence says what, and what to do', async (_, method, status, body, fault, message, hint) => {
    const { base } = await registryThat((asked, response) => {
      if (asked.method !== method) return false;
      response.writeHead(status).end(body);
      return true;
    });
    await expect(push(base)).rejects.toMatchObject({
      fault,
      message: expect.stringMatching(message) as string,
      hint: expect.stringMatching(hint) as string,
    });
  });

  it('cannot write into the log what it likes', async () => {
    const message = `no\n\u001b[2J https://user:hunter2@host/?X-Signature=hunter2 token=hunter2 ${'x'.repeat(5000)}`;
    const { base } = await registryThat(({ method }, response) => {
      if (method !== 'POST') return false;
      response.writeHead(403).end(error('DENIED', message));
      return true;
    });
    const failed = await push(base).catch((thrown: Error) => thrown.message);
    expect(failed).toMatch(/DENIED no/);
    expect(failed).not.toMatch(/hunter2|\p{Cc}/u);
    expect(failed.length).toBeLessThan(500);
  });

  it('a login, again and again, is asked no further', async () => {
    const { base, asked } = await registryThat((_, response) => {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      return true;
    });
    await expect(push(base, { login: LOGIN })).rejects.toThrow(/has refused the login .* \(from stdin\)/);
    expect(asked).toHaveLength(2);
  });
});

describe('a registry that does not answer', () => {
  it('is given up after 30 s', async () => {
    const clock = new ManualClock();
    const { base } = await registryThat(() => true);
    const failed = push(base, { clock });
    failed.catch(() => undefined);
    await clock.advanceUntil(failed, 120);
    await expect(failed).rejects.toMatchObject({
      fault: 'platform',
      message: `${base.host} has not answered within 30 s.`,
      hint: expect.stringContaining('Run the command again') as string,
    });
  });

  it('is left when somebody stops the program, who gets his reason back', async () => {
    const stop = new AbortController();
    const { base } = await registryThat(() => {
      stop.abort(new Error('SIGTERM'));
      return true;
    });
    await expect(push(base, { signal: stop.signal })).rejects.toThrow(/^SIGTERM$/);
  });

  it('cuts the connection within an upload', async () => {
    const { base } = await registryThat((asked, response) => {
      if (asked.method !== 'PUT') return false;
      response.destroy();
      return true;
    });
    await expect(push(base)).rejects.toThrow(/127\.0\.0\.1:\d+ cannot be reached by http \(\w+\)/);
  });

  it('has gone', async () => {
    const registry = await startSmallRegistry();
    await registry.stop();
    await expect(push(registry.base)).rejects.toThrow(/cannot be reached by http \(ECONNREFUSED\)/);
  });
});

describe('a registry that keeps something else', () => {
  it('is found out', async () => {
    const { base, kept } = await registryThat((asked) => {
      // Between the last upload and the reading back, somebody pushes to the same tag.
      if (asked.method === 'GET' && kept.has('1.2.3')) kept.set('1.2.3', Buffer.from('{}'));
      return false;
    });
    await expect(push(base)).rejects.toThrow(/took everything, but 1\.2\.3 is not there as it was sent/);
  });

  it('is found out when a layer is lost', async () => {
    const layer = image.images[1]?.layers[0]?.descriptor.digest ?? '';
    const { base, kept } = await registryThat(() => {
      if (kept.has('1.2.3')) kept.delete(layer);
      return false;
    });
    await expect(push(base)).rejects.toThrow(`took everything, but ${layer} is not there`);
  });
});

describe('a login', () => {
  const asksForLogin: Misbehaviour = ({ authorization }, response) => {
    if (authorization !== undefined) return false;
    response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    return true;
  };

  it('does not go to the other host that an upload is sent to', async () => {
    const storage = await registryThat();
    const { base, asked } = await registryThat((request, response, earlier) => {
      if (asksForLogin(request, response, earlier)) return true;
      const digest = request.path.split('/').at(-1) ?? '';
      if (request.method === 'POST') {
        response.writeHead(202, { location: `${storage.base.href}upload?state=a%2Bb` }).end();
        return true;
      }
      if (request.method === 'HEAD' && storage.kept.has(digest)) {
        response.writeHead(200).end();
        return true;
      }
      return false;
    });
    await push(base, { login: LOGIN });
    expect(storage.asked).toHaveLength(4);
    expect(storage.asked.map(({ authorization }) => authorization)).toEqual(storage.asked.map(() => undefined));
    // The state is handed back letter by letter.
    expect(storage.asked[0]?.path).toMatch(/^\/upload\?state=a%2Bb&digest=sha256:[0-9a-f]{64}$/);
    expect(
      asked
        .filter(({ authorization }) => authorization !== undefined)
        .every(({ authorization }) => authorization === BASIC),
    ).toBe(true);
  });

  it('gets a new token when the old one has run out', async () => {
    let given = 0;
    let uses = 0;
    const tokens = await registryThat(({ authorization }, response) => {
      response.end(authorization === BASIC ? JSON.stringify({ token: `t${++given}` }) : '');
      return true;
    });
    const { base } = await registryThat(({ authorization }, response) => {
      if (authorization === `Bearer t${given}` && ++uses % 5 !== 0) return false;
      const challenge = `Bearer realm="${tokens.base.href}token",service="s",scope="repository:other:pull"`;
      response.writeHead(401, { 'www-authenticate': challenge }).end();
      return true;
    });
    expect(await push(base, { login: LOGIN })).toMatch(/tag 1\.2\.3, \d+ B: uploaded/);
    expect(given).toBeGreaterThan(2);
    const query = new URL(tokens.asked[0]?.path ?? '', base).searchParams;
    expect(Object.fromEntries(query)).toEqual({ service: 's', scope: 'repository:a/b:pull,push', account: 'robot' });
  });

  it.each([
    ['a kind that is not known', 'Negotiate', /of a kind that is not known: Negotiate/],
    ['tokens of nowhere', 'Bearer service="x"', /does not say where its tokens are given out/],
    ['tokens of a file', 'Bearer realm="file:///etc/passwd"', /does not say where its tokens are given out/],
    [
      'tokens by plain http',
      'Bearer realm="http://auth.example.com/"',
      /tokens given out by plain http, at auth\.example\.com/,
    ],
  ])('goes nowhere when a registry of https wants %s', async (_, challenge, message) => {
    const send: Send = () => Promise.reject(new Error('sent'));
    const access = { base: new URL('https://registry.example.com'), repository: 'a/b', login: LOGIN };
    await expect(authorize(challenge, access, send)).rejects.toThrow(message);
  });

  it.each([
    ['an error page', 200, '<html>'],
    ['no token', 200, '{}'],
    ['a failure', 502, ''],
  ])('that is answered with %s says which host is to blame', async (_, status, body) => {
    const tokens = await registryThat((__, response) => {
      response.writeHead(status).end(body);
      return true;
    });
    const { base } = await registryThat((__, response) => {
      response.writeHead(401, { 'www-authenticate': `Bearer realm="${tokens.base.href}"` }).end();
      return true;
    });
    const message = `${tokens.base.host} has given no token for ${base.host} (status ${status}).`;
    await expect(push(base, { login: LOGIN })).rejects.toMatchObject({ fault: 'platform', message });
  });
});

describe('an upload', () => {
  it.each([
    ['nowhere', {}, /does not say where to upload to/],
    [
      'to plain http',
      { location: 'http://registry.example.com/v2/a/b/blobs/uploads/1' },
      /wants the upload by plain http/,
    ],
  ])('that a registry of https sends %s is not made', async (_, headers: Record<string, string>, message) => {
    const sent: string[] = [];
    const send: Send = ({ method, url }) => {
      sent.push(`${method} ${url.protocol}`);
      return Promise.resolve({
        status: method === 'HEAD' ? 404 : 202,
        headers: new Headers(headers),
        body: Buffer.alloc(0),
      });
    };
    const base = new URL('https://registry.example.com');
    const [layer] = image.images[0]?.layers ?? [];
    if (layer === undefined) throw new Error('no layer');
    const registry = openRegistry({ base, repository: 'a/b', login: LOGIN }, send);
    await expect(registry.pushBlob(layer)).rejects.toThrow(message);
    expect(sent).toEqual(['POST https:']);
  });
});
