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

  it('but in the old way is told which one this emulator verifies', async () => {
    const { emulator } = await startCloud();
    const query = 'Action=DescribeContainerGroups&SignatureMethod=HMAC-SHA1&Signature=x';
    const response = await fetch(`http://${emulator.endpoint}/?${query}`, { method: 'POST' });
    expect(await response.json()).toMatchObject({
      Code: 'IncompleteSignature',
      Message: expect.stringContaining('HMAC-SHA1') as string,
    });
  });
});
