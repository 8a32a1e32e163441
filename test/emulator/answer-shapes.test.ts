import * as sdk from '@alicloud/eci20180808';
import { describe, expect, it } from 'vitest';
import { startCloud, type Wire } from './cloud-under-test.ts';
import { FakeMachines } from './fake-machines.ts';

interface Model {
  readonly name: string;
  new (fields: Wire): object;
  names(): Record<string, string>;
  types(): Record<string, unknown>;
}

type Cloud = Awaited<ReturnType<typeof startCloud>>;

/** An action, and what it is asked with by the SDK's own names, once there is something to tell about. */
type Question = readonly [action: string, ask: (cloud: Cloud, group: string) => Wire | Promise<Wire>];

const idsOf = (id: string): Wire => ({ containerGroupIds: JSON.stringify([id]) });
const cacheOf = async ({ call, emulator }: Cloud): Promise<string> => {
  const wanted = { ImageCacheName: 'base', Image: ['alpine:3.20'], Tag: [{ Key: 'k', Value: 'v' }], RetentionDays: 7 };
  const { ImageCacheId } = await call('CreateImageCache', wanted);
  await emulator.advance(60);
  return ImageCacheId as string;
};

const QUESTIONS: readonly Question[] = [
  ['DescribeContainerGroups', (_, id) => ({ ...idsOf(id), withEvent: true })],
  ['DescribeContainerGroupStatus', (_, id) => idsOf(id)],
  ['DescribeContainerGroupEvents', (_, id) => idsOf(id)],
  ['DescribeContainerGroupPrice', () => ({ cpu: 2, memory: 4, spotStrategy: 'SpotAsPriceGo' })],
  ['DescribeAvailableResource', () => ({ destinationResource: { category: 'InstanceType' } })],
  ['DescribeContainerLog', (_, id) => ({ containerGroupId: id, containerName: 'build' })],
  [
    'ExecContainerCommand',
    (_, id) => ({ containerGroupId: id, containerName: 'build', command: '["ls"]', sync: true }),
  ],
  ['DescribeRegions', () => ({})],
  ['ListUsage', () => ({})],
  ['CreateImageCache', () => ({ imageCacheName: 'other', image: ['alpine:3.20'] })],
  ['DescribeImageCaches', async (cloud) => ({ imageCacheId: await cacheOf(cloud) })],
  ['UpdateImageCache', async (cloud) => ({ imageCacheId: await cacheOf(cloud) })],
  ['DeleteImageCache', async (cloud) => ({ imageCacheId: await cacheOf(cloud) })],
  ['RestartContainerGroup', (_, id) => ({ containerGroupId: id })],
  ['DeleteContainerGroup', (_, id) => ({ containerGroupId: id })],
];

/** What the reference or its samples have, and the SDK's models do not. */
const NOT_IN_THE_SDK = new Set([
  'DescribeContainerGroups.ContainerGroups.DnsPolicy',
  // Without it nobody could ask for the second page.
  'DescribeContainerGroupEvents.NextToken',
  'DescribeRegions.Regions.UnavailableZones',
  // The declared name is a slip of the pen, "StartedAtstartedAt".
  'DescribeContainerGroupStatus.Data.PodStatus.ContainerStatuses.State.Running.StartedAt',
]);

const isModel = (type: unknown): type is Model => typeof type === 'function' && 'names' in type;
const itemTypeOf = (type: unknown): unknown =>
  typeof type === 'object' && type !== null && 'itemType' in type ? type.itemType : undefined;

/** Where an answer has another shape than a model declares. */
function misfits(value: unknown, type: unknown, path: string): string[] {
  const item = itemTypeOf(type);
  if (item !== undefined) {
    return Array.isArray(value) ? value.flatMap((each) => misfits(each, item, path)) : [`${path} is no list`];
  }
  if (isModel(type)) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path} is no object`];
    const names = type.names();
    return Object.entries(value).flatMap(([key, inner]) => {
      const property = Object.keys(names).find((each) => names[each] === key);
      if (NOT_IN_THE_SDK.has(`${path}.${key}`)) return [];
      return property === undefined
        ? [`${path}.${key} is not declared`]
        : misfits(inner, type.types()[property], `${path}.${key}`);
    });
  }
  return typeof type !== 'string' || typeof value === type ? [] : [`${path} is no ${type}`];
}

const classOf = (name: string): Model => (sdk as unknown as Readonly<Record<string, Model>>)[name] as Model;

describe('the answer of', () => {
  it.each(QUESTIONS)("%s is what the SDK's models declare, and passes its casts", async (action, ask) => {
    const cloud = await startCloud({ machines: new FakeMachines({ exec: () => 'a\n' }) });
    const id = await cloud.create({
      Tag: [{ Key: 'job', Value: '7' }],
      SpotStrategy: 'SpotWithPriceLimit',
      SpotPriceLimit: 0.5,
      HostAliase: [{ Ip: '10.0.0.1', Hostname: ['a'] }],
      DnsConfig: { NameServer: ['10.0.0.2'], Option: [{ Name: 'ndots', Value: '2' }] },
      SecurityContext: { Sysctl: [{ Name: 'net.ipv4.ping_group_range', Value: '0 1' }] },
      InitContainer: [{ Name: 'first', Image: 'agent:1' }],
      Container: [
        {
          Name: 'build',
          Image: 'alpine:3.20',
          Port: [{ Port: 22, Protocol: 'TCP' }],
          EnvironmentVar: [{ Key: 'IP', FieldRef: { FieldPath: 'status.podIP' } }],
          VolumeMount: [{ Name: 'empty', MountPath: '/e', ReadOnly: true, SubPath: 'x' }],
          SecurityContext: { Capability: { Add: ['NET_ADMIN'] }, RunAsUser: 1 },
          LivenessProbe: { HttpGet: { Path: '/', Port: 80, Scheme: 'HTTP' } },
          ReadinessProbe: { TcpSocket: { Port: 22 }, PeriodSeconds: 5 },
        },
      ],
      Volume: [
        { Name: 'empty', Type: 'EmptyDirVolume' },
        {
          Name: 'files',
          Type: 'ConfigFileVolume',
          ConfigFileVolume: { ConfigFileToPath: [{ Path: 'a', Content: 'eA==' }] },
        },
      ],
    });
    await cloud.reaches(id, 'Running');
    const Request = classOf(`${action}Request`);
    const parameters = { regionId: 'cn-beijing', ...(await ask(cloud, id)) };
    const method = `${action.charAt(0).toLowerCase()}${action.slice(1)}WithOptions`;
    const typed = cloud.client as unknown as Readonly<
      Record<string, (request: object, runtime: object) => Promise<{ body: { requestId?: string } }>>
    >;
    // The typed call drops what it does not know, so its raw answer is kept on the way.
    const answers: Wire[] = [];
    const callApi = cloud.client.callApi.bind(cloud.client);
    cloud.client.callApi = async (...call) => {
      const answer = (await callApi(...call)) as { body: Wire };
      answers.push(answer.body);
      return answer;
    };
    const { body } = (await typed[method]?.call(cloud.client, new Request(parameters), cloud.runtime)) ?? {};
    expect(body?.requestId).toMatch(/^[0-9A-F-]{36}$/);
    expect(misfits(answers[0], classOf(`${action}ResponseBody`), action)).toEqual([]);
  });
});
