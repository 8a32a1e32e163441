import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Clock } from '../../src/context.ts';
import { sdkCall } from '../../src/eci/sdk-call.ts';
import { sdkContainerGroups } from '../../src/eci/sdk-client.ts';
import { type Emulator, startEmulator } from '../../src/emulator/emulator.ts';
import { parseScenario } from '../../src/emulator/scenario.ts';
import { FakeMachines } from '../emulator/fake-machines.ts';
import { QUICK } from '../emulator/cloud-under-test.ts';

const clock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, milliseconds);
      signal?.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      });
    }),
};

afterEach(() => vi.unstubAllEnvs());

async function startCloud(keys = ''): Promise<Emulator> {
  const emulator = await startEmulator({ scenario: parseScenario(`${keys}\n${QUICK}`), machines: new FakeMachines() });
  onTestFinished(() => emulator.stop());
  return emulator;
}

function groupsAt(endpoint: string, signature: 'v2' | 'v3', parameters: 'body' | 'query') {
  const address = { region: 'cn-beijing', endpoint, protocol: 'http', signature, parameters } as const;
  return sdkContainerGroups(sdkCall(address, 'test/1', clock), clock, () => 0);
}

/** Texts that a signature or an encoding could trip over. */
const AWKWARD = 'a b+c%20 \'(*)!~\' "q" & = ä€/?#\n';

const REQUEST = {
  ContainerGroupName: 'group-1',
  VSwitchId: 'vsw-h',
  SecurityGroupId: 'sg-emulator',
  RestartPolicy: 'Never',
  InstanceType: 'ecs.c6.large',
  SpotStrategy: 'SpotWithPriceLimit',
  SpotPriceLimit: 0.25,
  AutoMatchImageCache: false,
  ImageSnapshotId: undefined,
  Tag: [{ Key: 'gitlab-eci-attempt', Value: 'a1' }],
  Container: [
    {
      Name: 'build',
      Image: 'alpine:3.20',
      Command: ['sh', '-c', AWKWARD],
      EnvironmentVar: [
        { Key: 'EMPTY', Value: '' },
        { Key: 'IP', FieldRef: { FieldPath: 'status.podIP' } },
      ],
      VolumeMount: [{ Name: 'keys', MountPath: '/keys', ReadOnly: true }],
    },
  ],
  Volume: [
    {
      Name: 'keys',
      Type: 'ConfigFileVolume',
      ConfigFileVolume: {
        ConfigFileToPath: [
          { Path: 'a/b', Content: Buffer.from('x'.repeat(20_000)).toString('base64') },
          { Path: 'c', Content: '' },
        ],
      },
    },
  ],
};

/** The same, flat, by hand (ECI API: lists are counted from 1, what is undefined is not sent). */
const FLAT = {
  RegionId: 'cn-beijing',
  ContainerGroupName: 'group-1',
  VSwitchId: 'vsw-h',
  SecurityGroupId: 'sg-emulator',
  RestartPolicy: 'Never',
  InstanceType: 'ecs.c6.large',
  SpotStrategy: 'SpotWithPriceLimit',
  SpotPriceLimit: '0.25',
  AutoMatchImageCache: 'false',
  'Tag.1.Key': 'gitlab-eci-attempt',
  'Tag.1.Value': 'a1',
  'Container.1.Name': 'build',
  'Container.1.Image': 'alpine:3.20',
  'Container.1.Command.1': 'sh',
  'Container.1.Command.2': '-c',
  'Container.1.Command.3': AWKWARD,
  'Container.1.EnvironmentVar.1.Key': 'EMPTY',
  'Container.1.EnvironmentVar.1.Value': '',
  'Container.1.EnvironmentVar.2.Key': 'IP',
  'Container.1.EnvironmentVar.2.FieldRef.FieldPath': 'status.podIP',
  'Container.1.VolumeMount.1.Name': 'keys',
  'Container.1.VolumeMount.1.MountPath': '/keys',
  'Container.1.VolumeMount.1.ReadOnly': 'true',
  'Volume.1.Name': 'keys',
  'Volume.1.Type': 'ConfigFileVolume',
  'Volume.1.ConfigFileVolume.ConfigFileToPath.1.Path': 'a/b',
  'Volume.1.ConfigFileVolume.ConfigFileToPath.1.Content': Buffer.from('x'.repeat(20_000)).toString('base64'),
  'Volume.1.ConfigFileVolume.ConfigFileToPath.2.Path': 'c',
  'Volume.1.ConfigFileVolume.ConfigFileToPath.2.Content': '',
};

const STYLES = (['v2', 'v3'] as const).flatMap((signature) =>
  (['body', 'query'] as const).map((parameters) => [signature, parameters] as const),
);

describe('every action that the driver uses', () => {
  it.each(STYLES)(
    'signed as %s with its parameters in the %s reaches ECI as it was meant',
    async (signature, style) => {
      const emulator = await startCloud();
      vi.stubEnv('ALIBABA_CLOUD_ACCESS_KEY_ID', 'emulator');
      vi.stubEnv('ALIBABA_CLOUD_ACCESS_KEY_SECRET', 'emulator-secret');
      const groups = groupsAt(emulator.endpoint, signature, style);
      await groups.dryRun(REQUEST);
      const id = await groups.create(REQUEST, 'token-1');
      const [found] = await groups.findByTags({ 'gitlab-eci-attempt': 'a1' });
      const seen = await groups.describe(id);
      const prices = await groups.prices({ InstanceType: 'ecs.c6.large' });
      await groups.remove(id);

      expect([found?.id, seen?.id]).toEqual([id, id]);
      expect(prices).toContainEqual({ zone: 'cn-beijing-h', list: 0.39, spot: 0.078 });
      const region = { RegionId: 'cn-beijing' };
      const page = { ...region, WithEvent: 'true', Limit: '20' };
      expect(emulator.requests().map(({ action, parameters, code }) => ({ action, parameters, code }))).toEqual([
        { action: 'CreateContainerGroup', parameters: { ...FLAT, DryRun: 'true' }, code: 'DryRun.Success' },
        { action: 'CreateContainerGroup', parameters: { ...FLAT, ClientToken: 'token-1' }, code: '' },
        {
          action: 'DescribeContainerGroups',
          parameters: { ...page, 'Tag.1.Key': 'gitlab-eci-attempt', 'Tag.1.Value': 'a1' },
          code: '',
        },
        { action: 'DescribeContainerGroups', parameters: { ...page, ContainerGroupIds: `["${id}"]` }, code: '' },
        {
          action: 'DescribeContainerGroupPrice',
          parameters: { ...region, InstanceType: 'ecs.c6.large', SpotStrategy: 'SpotAsPriceGo' },
          code: '',
        },
        { action: 'DeleteContainerGroup', parameters: { ...region, ContainerGroupId: id }, code: '' },
      ]);
    },
  );
});

/** A source of temporary credentials, as ALIBABA_CLOUD_CREDENTIALS_URI names one: each answer has the next token. */
async function credentialsSource(tokens: readonly string[]) {
  let asked = 0;
  const server = createServer((_request, response) => {
    const SecurityToken = tokens[Math.min(asked++, tokens.length - 1)];
    const keys = { AccessKeyId: 'emulator', AccessKeySecret: 'emulator-secret', SecurityToken };
    response.end(JSON.stringify({ Code: 'Success', ...keys, Expiration: '2099-01-01T00:00:00Z' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  vi.stubEnv('ALIBABA_CLOUD_CREDENTIALS_URI', `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  // Nothing else of the chain may answer, on whatever machine this runs.
  vi.stubEnv('ALIBABA_CLOUD_ACCESS_KEY_ID', '');
  vi.stubEnv('ALIBABA_CLOUD_ECS_METADATA_DISABLED', 'true');
  vi.stubEnv('ALIBABA_CLOUD_CLI_PROFILE_DISABLED', 'true');
  vi.stubEnv('ALIBABA_CLOUD_CREDENTIALS_FILE', '/nonexistent');
  for (const name of ['ROLE_ARN', 'OIDC_PROVIDER_ARN', 'OIDC_TOKEN_FILE', 'SECURITY_TOKEN']) {
    vi.stubEnv(`ALIBABA_CLOUD_${name}`, '');
  }
  return { asked: () => asked };
}

describe('temporary credentials that have expired', () => {
  it('are found anew, once, and the call goes on', async () => {
    const emulator = await startCloud('security_token = "token-1"');
    const source = await credentialsSource(['token-1', 'token-2']);
    const groups = groupsAt(emulator.endpoint, 'v2', 'body');
    await groups.findByTags({});
    emulator.replaceSecurityToken('token-2');
    await groups.findByTags({});
    expect(source.asked()).toBe(2);
    const codes = emulator.requests().map((call) => call.code);
    expect(codes).toEqual(['', 'InvalidSecurityToken.Expired', '']);
  });

  it('end the call, when the fresh ones have expired too', async () => {
    const emulator = await startCloud('security_token = "token-3"');
    await credentialsSource(['token-1', 'token-2']);
    const groups = groupsAt(emulator.endpoint, 'v2', 'body');
    await expect(groups.findByTags({})).rejects.toMatchObject({ code: 'InvalidSecurityToken.Expired' });
    expect(emulator.requests()).toHaveLength(2);
  });
});
