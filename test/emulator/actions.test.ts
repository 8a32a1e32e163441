import { describe, expect, it } from 'vitest';
import { GROUP, startCloud } from './cloud-under-test.ts';

const MARKET = `
[[instance_type]]
name = "ecs.c6.large"
cpu = 2
memory = 4
list_price = 0.39
spot_price = 0.078
[[instance_type]]
name = "ecs.c6.xlarge"
cpu = 4
memory = 8
list_price = 0.78
spot_price = 0.156
[[stock]]
zone = "cn-beijing-k"
type = "ecs.c6.large"
answers = ["no-stock"]`;

describe('DescribeContainerGroupPrice', () => {
  it('tells the price of a size per second, and spot prices per hour for each zone', async () => {
    const { call } = await startCloud({ tables: MARKET });
    const answer = await call('DescribeContainerGroupPrice', { Cpu: 2, Memory: 4, SpotStrategy: 'SpotAsPriceGo' });
    const zone = (ZoneId: string) => ({ ZoneId, InstanceType: 'ecs.c6.large', SpotPrice: 0.078 });
    expect(answer).toMatchObject({
      PriceInfo: {
        Price: { Currency: 'CNY' },
        SpotPrices: { SpotPrice: [zone('cn-beijing-h'), zone('cn-beijing-k')] },
      },
    });
    const { Price } = answer.PriceInfo as { Price: { TradePrice: number } };
    expect(Price.TradePrice).toBeCloseTo(0.00012252, 8);
  });

  it('tells the list price of a type beside its spot price, of one zone when it is named', async () => {
    const { call } = await startCloud({ tables: MARKET });
    const wanted = { InstanceType: 'ecs.c6.xlarge', SpotStrategy: 'SpotAsPriceGo', ZoneId: 'cn-beijing-k' };
    expect(await call('DescribeContainerGroupPrice', wanted)).toMatchObject({
      PriceInfo: { SpotPrices: { SpotPrice: [{ ZoneId: 'cn-beijing-k', OriginPrice: 0.78, SpotPrice: 0.156 }] } },
    });
  });

  it('refuses what is not sold', async () => {
    const { refused } = await startCloud({ tables: MARKET });
    const { code } = await refused('DescribeContainerGroupPrice', { InstanceType: 'ecs.none.large' });
    expect(code).toBe('InvalidInstanceTypeForEciBuy');
  });
});

describe('DescribeAvailableResource', () => {
  const statuses = (answer: Readonly<Record<string, unknown>>) => {
    const { AvailableZone } = answer.AvailableZones as {
      AvailableZone: {
        ZoneId: string;
        AvailableResources: {
          AvailableResource: {
            SupportedResources: { SupportedResource: { Value: string; StatusCategory: string }[] };
          }[];
        };
      }[];
    };
    return AvailableZone.flatMap(({ ZoneId, AvailableResources }) =>
      AvailableResources.AvailableResource.flatMap(({ SupportedResources }) =>
        SupportedResources.SupportedResource.map((each) => `${ZoneId} ${each.Value} ${each.StatusCategory}`),
      ),
    );
  };

  it('shows what has stock where, and uses up no answer of the stock', async () => {
    const { call, refused } = await startCloud({
      tables: `${MARKET.replace('"no-stock"', '"no-stock", "available"')}`,
    });
    const ask = () =>
      call('DescribeAvailableResource', {
        DestinationResource: { Category: 'InstanceType', Cores: 2 },
        SpotResource: { SpotStrategy: 'SpotAsPriceGo' },
      });
    const expected = ['cn-beijing-h ecs.c6.large WithStock', 'cn-beijing-k ecs.c6.large WithoutStock'];
    expect([statuses(await ask()), statuses(await ask())]).toEqual([expected, expected]);
    const wanted = { ...GROUP, VSwitchId: 'vsw-k', InstanceType: 'ecs.c6.large', SpotStrategy: 'SpotAsPriceGo' };
    expect((await refused('CreateContainerGroup', wanted)).code).toBe('OperationDenied.NoStock');
    expect(statuses(await ask())).toContain('cn-beijing-k ecs.c6.large WithStock');
  });

  it('sums up families, and tells spot by type only', async () => {
    const { call, refused } = await startCloud({ tables: MARKET });
    const family = { DestinationResource: { Category: 'InstanceTypeFamily' }, ZoneId: 'cn-beijing-k' };
    expect(statuses(await call('DescribeAvailableResource', family))).toEqual(['cn-beijing-k ecs.c6 WithStock']);
    const spot = { ...family, SpotResource: { SpotStrategy: 'SpotAsPriceGo' } };
    expect((await refused('DescribeAvailableResource', spot)).code).toBe(
      'InvalidParameter.DestinationResource.Category',
    );
  });
});

it('ListUsage counts vCPU in use and image caches, DescribeRegions knows the one region', async () => {
  const { call, create, reaches } = await startCloud({ tables: '[account]\nvcpu_quota = 12' });
  await reaches(await create({ Cpu: 4, Memory: 8 }), 'Running');
  expect(await call('ListUsage', {})).toMatchObject({ Attributes: { UsedCpu: 4, MaxCpu: 12, UsedImageCacheCount: 0 } });
  expect(await call('DescribeRegions', {})).toMatchObject({
    Regions: [{ RegionId: 'cn-beijing', Zones: ['cn-beijing-h', 'cn-beijing-k'] }],
  });
});

describe('DescribeContainerGroupStatus', () => {
  it("has Kubernetes' shape", async () => {
    const { call, create, reaches } = await startCloud();
    const id = await create();
    await reaches(id, 'Running');
    expect(await call('DescribeContainerGroupStatus', { ContainerGroupIds: JSON.stringify([id]) })).toMatchObject({
      TotalCount: 1,
      Data: [
        {
          ContainerGroupId: id,
          Status: 'Running',
          PodStatus: {
            Phase: 'Running',
            ContainerStatuses: [{ Name: 'build', Ready: true, State: { Running: {} } }],
          },
        },
      ],
    });
  });

  it('says why a group was not scheduled', async () => {
    const { call, create, reaches } = await startCloud({ tables: '[[stock]]\nanswers = ["schedule-failed"]' });
    await reaches(await create(), 'ScheduleFailed');
    expect(await call('DescribeContainerGroupStatus', {})).toMatchObject({
      Data: [
        {
          PodStatus: {
            Phase: 'Failed',
            Conditions: [
              { type: 'ContainerInstanceCreated', status: 'False', Reason: 'ContainerGroup.NoStock' },
              { type: 'PodScheduled', status: 'False' },
              { type: 'Initialized', status: 'False' },
              { type: 'ContainersReady', status: 'False' },
              { type: 'Ready', status: 'False' },
            ],
          },
        },
      ],
    });
  });

  it('shows only groups that changed lately, when asked to', async () => {
    const { call, create, reaches, emulator } = await startCloud();
    await reaches(await create(), 'Running');
    await emulator.advance(600);
    expect(await call('DescribeContainerGroupStatus', { SinceSecond: 300 })).toMatchObject({ TotalCount: 0 });
    expect(await call('DescribeContainerGroupStatus', { SinceSecond: 3600 })).toMatchObject({ TotalCount: 1 });
  });
});

describe('DescribeContainerGroupEvents', () => {
  const reasons = async (keys: string, parameters = {}) => {
    const { call, create, reaches, page } = await startCloud({ keys });
    await reaches(await create(), 'Running');
    const { Data } = (await call('DescribeContainerGroupEvents', parameters)) as unknown as {
      Data: { Events: Record<string, unknown>[] }[];
    };
    return { events: Data[0]?.Events ?? [], groups: (await page()).ContainerGroups };
  };

  it("can be told apart by source: ECI's own and the kubelet's", async () => {
    const { events } = await reasons('', { EventSource: 'EciService' });
    expect(events.map((event) => event.Reason)).toEqual(['UserInstanceTypeSpec']);
    const { events: others } = await reasons('', { EventSource: 'K8sAgent' });
    expect(others.map((event) => event.Reason)).toEqual(['Pulling', 'Pulled', 'Created', 'Started']);
  });

  it('come in either spelling of their keys', async () => {
    const { events } = await reasons('');
    expect(events[0]).toMatchObject({ Reason: 'UserInstanceTypeSpec', involvedObject: { Kind: 'Pod' } });
    const { events: camel, groups } = await reasons('event_keys = "camel"');
    expect(camel[0]).toMatchObject({ reason: 'UserInstanceTypeSpec', involvedObject: { kind: 'Pod' } });
    expect(groups[0]?.Events[0]).toMatchObject({ reason: 'UserInstanceTypeSpec' });
  });
});

describe('image caches', () => {
  it('are made on demand, become ready, serve explicit use and automatic matching, and can be deleted', async () => {
    const { call, create, reaches, refused, emulator } = await startCloud();
    const { ImageCacheId } = await call('CreateImageCache', { ImageCacheName: 'base', Image: ['alpine:3.20'] });
    expect((await refused('CreateContainerGroup', { ...GROUP, ImageSnapshotId: ImageCacheId })).code).toBe(
      'ImageSnapshot.IncorrectStatus',
    );
    await emulator.advance(60);
    expect(await call('DescribeImageCaches', { MatchImage: ['alpine:3.20'] })).toMatchObject({
      ImageCaches: [{ ImageCacheId, Status: 'Ready', Progress: '100%' }],
    });
    const { Events } = await reaches(await create({ AutoMatchImageCache: true }), 'Running');
    expect(Events.map((event) => event.Reason)).toContain('SuccessfulHitImageCache');
    await call('DeleteImageCache', { ImageCacheId });
    expect(await call('DescribeImageCaches', {})).toMatchObject({ ImageCaches: [] });
    expect((await refused('DeleteImageCache', { ImageCacheId })).statusCode).toBe(404);
  });
});

describe('tags of groups', () => {
  it('can be changed later, and filters see the change', async () => {
    const { call, create, page, refused } = await startCloud();
    const id = await create({ Tag: [{ Key: 'job', Value: '7' }] });
    const resource = { ResourceType: 'containergroup', ResourceId: [id] };
    await call('TagResources', {
      ...resource,
      Tag: [
        { Key: 'job', Value: '8' },
        { Key: 'team', Value: 'web' },
      ],
    });
    await call('UntagResources', { ...resource, TagKey: ['nothing', 'job'] });
    expect(await call('ListTagResources', resource)).toMatchObject({
      TagResources: [{ ResourceId: id, TagKey: 'team', TagValue: 'web' }],
    });
    expect((await page({ Tag: [{ Key: 'team', Value: 'web' }] })).TotalCount).toBe(1);
    expect((await page({ Tag: [{ Key: 'job' }] })).TotalCount).toBe(0);
    const many = Array.from({ length: 20 }, (_, index) => ({ Key: `k${index}`, Value: '' }));
    expect((await refused('TagResources', { ...resource, Tag: many })).code).toBe('InvalidParameter.Tag');
  });

  it('are listed in pages of groups, by tag', async () => {
    const { call, create } = await startCloud();
    for (const job of ['1', '2', '3']) await create({ Tag: [{ Key: 'job', Value: job }, { Key: 'team' }] });
    await create();
    const list = async (more = {}) =>
      (await call('ListTagResources', { ResourceType: 'containergroup', Limit: 2, ...more })) as unknown as {
        NextToken: string;
        TagResources: { TagKey: string; TagValue: string }[];
      };
    const jobs = ({ TagResources }: Awaited<ReturnType<typeof list>>) =>
      TagResources.filter(({ TagKey }) => TagKey === 'job').map(({ TagValue }) => TagValue);
    const first = await list({ Tag: [{ Key: 'team' }] });
    const second = await list({ Tag: [{ Key: 'team' }], NextToken: first.NextToken });
    expect([jobs(first), jobs(second), second.NextToken]).toEqual([['1', '2'], ['3'], '']);
    expect(jobs(await list({ Tag: [{ Key: 'job', Value: '2' }] }))).toEqual(['2']);
  });
});

describe('a dry run', () => {
  it('is told as an error when it passes, creates nothing and leaves the stock as it was', async () => {
    const { refused, create, emulator } = await startCloud({
      tables: '[[stock]]\nanswers = ["available", "no-stock"]',
    });
    const { code, statusCode } = await refused('CreateContainerGroup', { ...GROUP, DryRun: true });
    expect([code, statusCode]).toEqual(['DryRun.Success', 400]);
    expect(emulator.report().groups.created).toBe(0);
    await create();
    const empty = await refused('CreateContainerGroup', { ...GROUP, DryRun: true });
    expect(empty.code).toBe('OperationDenied.NoStock');
  });
});

it('DescribeContainerLog knows the containers of a group, and what is no container of it', async () => {
  const { call, create, reaches, refused } = await startCloud();
  const id = await create();
  await reaches(id, 'Running');
  expect(await call('DescribeContainerLog', { ContainerGroupId: id, ContainerName: 'build' })).toMatchObject({
    ContainerName: 'build',
    Content: '',
  });
  const other = await refused('DescribeContainerLog', { ContainerGroupId: id, ContainerName: 'other' });
  expect(other.code).toBe('InvalidParameter.NotFound');
});
