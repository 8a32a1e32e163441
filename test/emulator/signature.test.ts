import { createHash, createHmac, randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { Emulator } from '../../src/emulator/emulator.ts';
import { refusalOf, startCloud } from './cloud-under-test.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

interface Parts {
  readonly method?: string;
  readonly query?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Names of headers that are sent and not signed. */
  readonly unsigned?: readonly string[];
  /** Names of headers that are not sent. */
  readonly without?: readonly string[];
  readonly secret?: string;
}

/** A request signed by hand, from the description of the signature rather than with the SDK. */
function signed({ endpoint }: Emulator, parts: Parts = {}) {
  const {
    method = 'POST',
    query = '',
    body = 'RegionId=cn-beijing',
    unsigned = [],
    without = [],
    secret = 'emulator-secret',
  } = parts;
  const all: Record<string, string> = {
    host: endpoint,
    'content-type': 'application/x-www-form-urlencoded',
    'x-acs-action': 'DescribeContainerGroups',
    'x-acs-version': '2018-08-08',
    'x-acs-date': new Date().toISOString(),
    'x-acs-signature-nonce': randomUUID(),
    'x-acs-content-sha256': sha256(body),
    ...parts.headers,
  };
  const headers = Object.fromEntries(Object.entries(all).filter(([name]) => !without.includes(name)));
  const names = Object.keys(headers)
    .filter((name) => !unsigned.includes(name))
    .sort();
  const lines = names.map((name) => `${name}:${headers[name]}\n`).join('');
  const canonical = [method, '/', query, lines, names.join(';'), sha256(body)].join('\n');
  const signature = createHmac('sha256', secret)
    .update(`ACS3-HMAC-SHA256\n${sha256(canonical)}`)
    .digest('hex');
  const authorization = `ACS3-HMAC-SHA256 Credential=emulator,SignedHeaders=${names.join(';')},Signature=${signature}`;
  return { endpoint, method, path: `/?${query}`, headers: { ...headers, authorization }, body };
}

interface Sent {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

function send({ endpoint, body, ...options }: ReturnType<typeof signed>): Promise<Sent> {
  const [host, port] = endpoint.split(':');
  return new Promise((resolve, reject) => {
    request({ ...options, host, port }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as Record<string, unknown> }),
      );
    })
      .on('error', reject)
      .end(body);
  });
}

const refusedWith = (code: string, status = 400) => ({ status, body: { Code: code } });

describe('a signed request', () => {
  it('is answered', async () => {
    const { emulator } = await startCloud();
    expect(await send(signed(emulator))).toMatchObject({ status: 200, body: { ContainerGroups: [] } });
  });

  it('may come as GET, with its parameters in the query', async () => {
    const { emulator } = await startCloud();
    const get = signed(emulator, { method: 'GET', query: 'RegionId=cn-beijing', body: '' });
    expect(await send(get)).toMatchObject({ status: 200, body: { TotalCount: 0 } });
  });

  it('may carry the token of temporary credentials', async () => {
    const { emulator } = await startCloud();
    const token = { 'x-acs-security-token': 'token', 'x-acs-accesskey-id': 'emulator' };
    expect(await send(signed(emulator, { headers: token }))).toMatchObject({ status: 200 });
  });

  it('is not taken twice', async () => {
    const { emulator } = await startCloud();
    const once = signed(emulator);
    expect(await send(once)).toMatchObject({ status: 200 });
    expect(await send(once)).toMatchObject(refusedWith('SignatureNonceUsed'));
  });

  it.each([
    ['16 minutes old', -16],
    ['16 minutes ahead', 16],
  ])('of a clock that is %s is refused', async (_, minutes) => {
    const { emulator } = await startCloud();
    const date = new Date(Date.now() + minutes * 60_000).toISOString();
    const late = signed(emulator, { headers: { 'x-acs-date': date } });
    expect(await send(late)).toMatchObject(refusedWith('InvalidTimeStamp.Expired'));
  });

  it.each([-14, 14])('of a clock that differs by %i minutes is answered', async (minutes) => {
    const { emulator } = await startCloud();
    const date = new Date(Date.now() + minutes * 60_000).toISOString();
    expect(await send(signed(emulator, { headers: { 'x-acs-date': date } }))).toMatchObject({ status: 200 });
  });

  it('whose body was changed on the way is refused', async () => {
    const { emulator } = await startCloud();
    const changed = { ...signed(emulator), body: 'RegionId=cn-hangzhou' };
    expect(await send(changed)).toMatchObject(refusedWith('SignatureDoesNotMatch'));
  });

  it('whose body was changed together with its hash is refused', async () => {
    const { emulator } = await startCloud();
    const original = signed(emulator);
    const body = 'RegionId=cn-hangzhou';
    const changed = { ...original, body, headers: { ...original.headers, 'x-acs-content-sha256': sha256(body) } };
    expect(await send(changed)).toMatchObject(refusedWith('SignatureDoesNotMatch'));
  });

  it('that names another hash than its body has is refused', async () => {
    const { emulator } = await startCloud();
    const other = signed(emulator, { headers: { 'x-acs-content-sha256': sha256('other') } });
    expect(await send(other)).toMatchObject(refusedWith('SignatureDoesNotMatch'));
  });

  it('whose query was changed on the way is refused', async () => {
    const { emulator } = await startCloud();
    const changed = { ...signed(emulator, { query: 'Limit=1' }), path: '/?Limit=2' };
    expect(await send(changed)).toMatchObject(refusedWith('SignatureDoesNotMatch'));
  });

  it('whose action was changed on the way is refused', async () => {
    const { emulator } = await startCloud();
    const original = signed(emulator);
    const changed = { ...original, headers: { ...original.headers, 'x-acs-action': 'DeleteContainerGroup' } };
    expect(await send(changed)).toMatchObject(refusedWith('SignatureDoesNotMatch'));
  });

  it.each(['host', 'x-acs-action', 'x-acs-date', 'x-acs-signature-nonce', 'content-type'])(
    'that leaves %s unsigned is refused',
    async (name) => {
      const { emulator } = await startCloud();
      const answer = await send(signed(emulator, { unsigned: [name] }));
      expect(answer).toMatchObject(refusedWith('IncompleteSignature'));
      expect(answer.body.Message).toContain(name);
    },
  );

  it('takes its action from the parameters when no header names it', async () => {
    const { emulator } = await startCloud();
    const body = 'RegionId=cn-beijing&Action=DescribeContainerGroups&Version=2018-08-08';
    const answer = await send(signed(emulator, { body, without: ['x-acs-action', 'x-acs-version'] }));
    expect(answer).toMatchObject({ status: 200, body: { TotalCount: 0 } });
  });
});

describe('a request that is not signed well', () => {
  it('for want of the right secret is refused, without a word about it', async () => {
    const { call, emulator } = await startCloud({ secret: 'a-wrong-secret' });
    const { code, statusCode, data } = await refusalOf(call('DescribeContainerGroups', {}));
    expect([code, statusCode]).toEqual(['SignatureDoesNotMatch', 400]);
    expect(JSON.stringify(data)).not.toContain('emulator-secret');
    expect(emulator.requests()).toMatchObject([{ status: 400, code: 'SignatureDoesNotMatch' }]);
  });

  it('for want of a known key is told so', async () => {
    const { emulator } = await startCloud();
    const original = signed(emulator);
    const authorization = original.headers.authorization.replace('Credential=emulator,', 'Credential=nobody,');
    const answer = await send({ ...original, headers: { ...original.headers, authorization } });
    expect(answer).toMatchObject(refusedWith('InvalidAccessKeyId.NotFound', 404));
  });

  it('at all is refused', async () => {
    const { emulator } = await startCloud();
    const response = await fetch(`http://${emulator.endpoint}/?Action=DescribeContainerGroups&Version=2018-08-08`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ Code: 'IncompleteSignature', Message: 'The request is not signed.' });
  });

  it('and names a method that is not known is told so', async () => {
    const { emulator } = await startCloud();
    const query = 'Action=DescribeContainerGroups&SignatureMethod=HMAC-MD5&Signature=x';
    const response = await fetch(`http://${emulator.endpoint}/?${query}`, { method: 'POST' });
    expect(await response.json()).toMatchObject({
      Code: 'IncompleteSignature',
      Message: expect.stringContaining('HMAC-MD5') as string,
    });
  });
});

/** The older RPC signature, by hand from its description: sorted pairs, percent-encoded twice, HMAC-SHA1 with the secret and `&`. */
function rpcSigned(change: Readonly<Record<string, string>> = {}, secret = 'emulator-secret') {
  const pairs: Record<string, string> = {
    AccessKeyId: 'emulator',
    Action: 'DescribeContainerGroups',
    ContainerGroupName: "it's a (test)*! ~ä+ /",
    Format: 'json',
    RegionId: 'cn-beijing',
    SignatureMethod: 'HMAC-SHA1',
    SignatureNonce: randomUUID(),
    SignatureVersion: '1.0',
    Timestamp: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    Version: '2018-08-08',
    ...change,
  };
  const encode = (text: string) =>
    encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  const text = Object.keys(pairs)
    .sort()
    .map((name) => `${encode(name)}=${encode(pairs[name] ?? '')}`)
    .join('&');
  const Signature = createHmac('sha1', `${secret}&`)
    .update(`POST&%2F&${encode(text)}`)
    .digest('base64');
  return { ...pairs, Signature };
}

const post = async (emulator: Emulator, query: Record<string, string>, body: Record<string, string> = {}) => {
  const response = await fetch(`http://${emulator.endpoint}/?${new URLSearchParams(query).toString()}`, {
    method: 'POST',
    body: new URLSearchParams(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

describe('the older RPC signature', () => {
  it('covers query and form body together', async () => {
    const { emulator } = await startCloud();
    const { ContainerGroupName, RegionId, ...query } = rpcSigned() as Record<string, string>;
    const body = { ContainerGroupName: ContainerGroupName ?? '', RegionId: RegionId ?? '' };
    expect(await post(emulator, query, body)).toMatchObject({ status: 200, body: { TotalCount: 0 } });
    const again = rpcSigned() as Record<string, string>;
    expect(await post(emulator, { ...again, RegionId: 'cn-shanghai' })).toMatchObject(
      refusedWith('SignatureDoesNotMatch'),
    );
  });

  it.each([
    ['by another secret', {}, 'another', 'SignatureDoesNotMatch', 400],
    ['for an unknown key', { AccessKeyId: 'nobody' }, undefined, 'InvalidAccessKeyId.NotFound', 404],
    ['of another version', { SignatureVersion: '2.0' }, undefined, 'IncompleteSignature', 400],
    ['an hour ago', { Timestamp: '2020-01-02T03:04:05Z' }, undefined, 'InvalidTimeStamp.Expired', 400],
    ['without a nonce', { SignatureNonce: '' }, undefined, 'SignatureNonceUsed', 400],
    ['with an answer in XML', { Format: 'XML' }, undefined, 'InvalidParameter.Format', 400],
    ['for another version of the API', { Version: '2015-01-01' }, undefined, 'InvalidVersion', 400],
  ])('%s is refused', async (_, change, secret, code, status) => {
    const { emulator } = await startCloud();
    expect(await post(emulator, rpcSigned(change, secret))).toMatchObject(refusedWith(code, status));
  });

  it('that is no Base64 at all is refused like any other', async () => {
    const { emulator } = await startCloud();
    const strange = { ...rpcSigned(), Signature: 'ä'.repeat(28) };
    expect(await post(emulator, strange)).toMatchObject(refusedWith('SignatureDoesNotMatch'));
  });

  it('is not taken twice', async () => {
    const { emulator } = await startCloud();
    const request = rpcSigned();
    expect(await post(emulator, request)).toMatchObject({ status: 200 });
    expect(await post(emulator, request)).toMatchObject(refusedWith('SignatureNonceUsed'));
  });
});

describe('temporary credentials', () => {
  it('count as expired without the token that the account has now, in both ways of signing', async () => {
    const { emulator } = await startCloud({ keys: 'security_token = "token-1"' });
    const expired = refusedWith('InvalidSecurityToken.Expired', 403);
    const acs3 = (token: string) => send(signed(emulator, { headers: { 'x-acs-security-token': token } }));
    const rpc = (token: string) => post(emulator, rpcSigned({ SecurityToken: token }));
    expect(await send(signed(emulator))).toMatchObject(expired);
    for (const sendWith of [acs3, rpc]) {
      emulator.replaceSecurityToken('token-1');
      expect(await sendWith('token-1')).toMatchObject({ status: 200 });
      emulator.replaceSecurityToken('token-2');
      expect(await sendWith('token-1')).toMatchObject(expired);
    }
  });
});

it('a client whose clock is off by more than 15 minutes is refused', async () => {
  const { emulator } = await startCloud();
  emulator.skewClock(14 * 60);
  expect(await send(signed(emulator))).toMatchObject({ status: 200 });
  emulator.skewClock(-16 * 60);
  expect(await send(signed(emulator))).toMatchObject(refusedWith('InvalidTimeStamp.Expired'));
});
