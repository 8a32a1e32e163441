import { createPrivateKey, randomUUID, sign, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { selfSigned } from './certificate.ts';

/** Gives out tokens that a docker-registry takes (docker/distribution: `docs/spec/auth/jwt.md`). */
export interface TokenService {
  /** The part `auth` of the registry's configuration. */
  readonly auth: unknown;
  stop(): Promise<void>;
}

const [SERVICE, ISSUER] = ['registry of the test', 'tokens of the test'];

/**
 * @param rights by login: `Basic …` for a user, or an identity token. Who is not in there gets a 401, and nobody gets more than he has a right to.
 */
export async function startTokenService(rights: Readonly<Record<string, readonly string[]>>): Promise<TokenService> {
  const folder = await mkdtemp(join(tmpdir(), 'tokens-'));
  const { key, certificate } = selfSigned(folder, 'tokens');
  const privateKey = createPrivateKey(await readFile(key));
  const x5c = [new X509Certificate(await readFile(certificate)).raw.toString('base64')];

  const tokenFor = (scope: string, allowed: readonly string[]): string => {
    const [type, name, actions = ''] = scope.split(':');
    const now = Math.floor(Date.now() / 1000);
    const signed = [
      { typ: 'JWT', alg: 'RS256', x5c },
      {
        iss: ISSUER,
        sub: 'robot',
        aud: SERVICE,
        jti: randomUUID(),
        iat: now,
        nbf: now - 60,
        exp: now + 300,
        access: [{ type, name, actions: actions.split(',').filter((each) => allowed.includes(each)) }],
      },
    ]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), privateKey).toString('base64url')}`;
  };

  const server = createServer((request, response) => {
    void (async () => {
      const { searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
      const form = request.method === 'POST' ? new URLSearchParams(await text(request)) : searchParams;
      const login = form.get('refresh_token') ?? request.headers.authorization ?? '';
      const allowed = form.get('service') === SERVICE ? rights[login] : undefined;
      response.writeHead(allowed ? 200 : 401, { 'content-type': 'application/json' });
      const token = allowed && tokenFor(form.get('scope') ?? '', allowed);
      response.end(JSON.stringify(request.method === 'POST' ? { access_token: token } : { token }));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const realm = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
  return {
    auth: { token: { realm, service: SERVICE, issuer: ISSUER, rootcertbundle: certificate } },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
