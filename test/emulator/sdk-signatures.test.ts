import { describe, expect, it } from 'vitest';
import { Client, Config, OpenApiRequest, Params, RuntimeOptions } from '../../src/eci/vendor.ts';
import type { Emulator } from '../../src/emulator/emulator.ts';
import { GROUP, refusalOf, startCloud, type Wire } from './cloud-under-test.ts';

type Algorithm = 'ACS3-HMAC-SHA256' | 'v2';
type Place = 'query' | 'form body';

const WAYS: readonly (readonly [Algorithm, Place])[] = [
  ['ACS3-HMAC-SHA256', 'query'],
  ['ACS3-HMAC-SHA256', 'form body'],
  ['v2', 'query'],
  ['v2', 'form body'],
];

/** Everything that some encoding treats in a way of its own. */
const AWKWARD = 'a b+c%20&=?#/!\'()*~"<>|\\^`{}[]@:;,$ äÖ€ 漢字 😀 \t end ';

/** The real SDK, signing in this way. @returns a call with the parameters in that place. */
function sdkClient({ endpoint, scenario }: Emulator, algorithm: Algorithm, place: Place, securityToken?: string) {
  const client = new Client(
    new Config({
      accessKeyId: scenario.access_key_id,
      accessKeySecret: scenario.access_key_secret,
      ...(securityToken === undefined ? {} : { securityToken }),
      signatureAlgorithm: algorithm,
      endpoint,
      protocol: 'HTTP',
    }),
  );
  return async (action: string, parameters: Wire): Promise<Wire> => {
    const params = new Params({
      action,
      version: '2018-08-08',
      protocol: 'HTTP',
      pathname: '/',
      method: 'POST',
      authType: 'AK',
      style: 'RPC',
      reqBodyType: 'formData',
      bodyType: 'json',
    });
    const wire = { RegionId: scenario.region, ...parameters };
    const request = new OpenApiRequest(place === 'query' ? { query: flat(wire) } : { body: wire });
    const answer = await client.callApi(
      params,
      request,
      new RuntimeOptions({ connectTimeout: 10_000, readTimeout: 10_000 }),
    );
    return answer.body as Wire;
  };
}

/** A body is flattened by the SDK, a query is not: the typed methods do it before. */
function flat(value: unknown, path = ''): Record<string, string> {
  if (typeof value !== 'object' || value === null) return { [path]: String(value) };
  const inside = (key: string, inner: unknown) => flat(inner, path === '' ? key : `${path}.${key}`);
  const parts = Array.isArray(value)
    ? value.map((inner, index) => inside(`${index + 1}`, inner))
    : Object.entries(value).map(([key, inner]) => inside(key, inner));
  return Object.assign({}, ...parts) as Record<string, string>;
}

describe.each(WAYS)('the SDK with signature %s and its parameters in the %s', (algorithm, place) => {
  it('is understood, value by value', async () => {
    const { emulator, fakes, reaches } = await startCloud();
    const call = sdkClient(emulator, algorithm, place);
    const { ContainerGroupId: id } = await call('CreateContainerGroup', {
      ...GROUP,
      Tag: [{ Key: 'job', Value: AWKWARD }],
      Container: [
        {
          Name: 'build',
          Image: 'alpine:3.20',
          Command: ['/bin/sh', '-c', AWKWARD],
          EnvironmentVar: [
            { Key: 'A', Value: AWKWARD },
            { Key: 'EMPTY', Value: '' },
          ],
        },
      ],
    });
    await reaches(id as string, 'Running');
    expect(fakes.of(id as string).spec.containers).toMatchObject([
      {
        command: ['/bin/sh', '-c', AWKWARD],
        env: [
          { key: 'A', value: AWKWARD },
          { key: 'EMPTY', value: '' },
        ],
      },
    ]);
    const found = await call('DescribeContainerGroups', { Tag: [{ Key: 'job', Value: AWKWARD }] });
    expect(found).toMatchObject({ TotalCount: 1, ContainerGroups: [{ ContainerGroupId: id }] });
    const { parameters } = emulator.requests()[0] ?? {};
    expect(parameters).toMatchObject({ 'Tag.1.Value': AWKWARD, 'Container.1.EnvironmentVar.1.Value': AWKWARD });
    // What belongs to the signature is no parameter of the action.
    expect(Object.keys(parameters ?? {}).filter((name) => /Signature|AccessKey|Timestamp|Format/.test(name))).toEqual(
      [],
    );
  });

  it('carries the token of temporary credentials, until that has expired', async () => {
    const { emulator } = await startCloud({ keys: 'security_token = "token-1"' });
    const call = sdkClient(emulator, algorithm, place, 'token-1');
    expect(await call('DescribeContainerGroups', {})).toMatchObject({ TotalCount: 0 });
    emulator.replaceSecurityToken('token-2');
    expect((await refusalOf(call('DescribeContainerGroups', {}))).code).toBe('InvalidSecurityToken.Expired');
    const renewed = sdkClient(emulator, algorithm, place, 'token-2');
    expect(await renewed('DescribeContainerGroups', {})).toMatchObject({ TotalCount: 0 });
  });

  it('is taken with any token while the account names none', async () => {
    const { emulator } = await startCloud();
    const call = sdkClient(emulator, algorithm, place, 'any-token');
    expect(await call('DescribeContainerGroups', {})).toMatchObject({ TotalCount: 0 });
  });
});
