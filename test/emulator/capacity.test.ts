import { describe, expect, it } from 'vitest';
import { GROUP, startCloud, type Wire } from './cloud-under-test.ts';

const TYPES = `
[[instance_type]]
name = "ecs.c6.large"
cpu = 2
memory = 4
list_price = 0.4
spot_price = 0.1
[[instance_type]]
name = "ecs.c6.xlarge"
cpu = 4
memory = 8
list_price = 0.8
spot_price = 0.2
`;
const stock = (text: string): string => `[[stock]]\n${text}\n`;
const typed = (InstanceType: string, more: Wire = {}): Wire => ({
  Cpu: undefined,
  Memory: undefined,
  InstanceType,
  ...more,
});

const special = (name: string, more: string): string =>
  `[[instance_type]]\nname = "${name}"\ncpu = 4\nmemory = 16\nlist_price = 2.0\nspot_price = 0.5\n${more}\n`;
const gpus = (count: number): Wire => ({ Container: [{ Name: 'build', Image: 'alpine:3.20', Gpu: count }] });

describe('a type', () => {
  it('with GPUs gives them to containers, as many as it has, and nothing else has any', async () => {
    const {
      create,
      describe: look,
      refused,
    } = await startCloud({
      tables: TYPES + special('ecs.gn6i-c4g1.xlarge', 'gpus = 1'),
    });
    const group = await look(await create(typed('ecs.gn6i-c4g1.xlarge', gpus(1))));
    expect(group?.Containers[0]).toMatchObject({ Gpu: 1 });
    const code = async (more: Wire) => (await refused('CreateContainerGroup', { ...GROUP, ...more })).code;
    expect(await code(typed('ecs.gn6i-c4g1.xlarge', gpus(2)))).toBe('InvalidParameter.Gpu');
    expect(await code(typed('ecs.gn6i-c4g1.xlarge,ecs.c6.large', gpus(1)))).toBe('InvalidParameter.Gpu');
    expect(await code(gpus(1))).toBe('InvalidParameter.Gpu');
  });
});

describe('stock', () => {
  it('answers in the order of the scenario, and the last answer stays', async () => {
    const { create, refused } = await startCloud({
      tables: stock('zone = "cn-beijing-h"\nanswers = ["no-stock", "available", "no-stock"]'),
    });
    const attempt = () => refused('CreateContainerGroup', GROUP);
    const { code, statusCode, data } = await attempt();
    expect([code, statusCode]).toEqual(['OperationDenied.NoStock', 403]);
    expect(data.Message).toContain('temporarily suspended in the specified zone');
    await create();
    expect((await attempt()).code).toBe('OperationDenied.NoStock');
    expect((await attempt()).code).toBe('OperationDenied.NoStock');
    await create({ VSwitchId: 'vsw-k' });
  });

  it('is told apart by zone, by type or size, and by policy', async () => {
    const { create, refused } = await startCloud({
      tables:
        TYPES +
        stock('type = "ecs.c6.large"\npolicy = "spot"\nanswers = ["no-stock"]\ncode = "Spot.NotMatched"') +
        stock('type = "4-8Gi"\nanswers = ["no-stock"]'),
    });
    const spot = { SpotStrategy: 'SpotAsPriceGo' };
    expect((await refused('CreateContainerGroup', { ...GROUP, ...typed('ecs.c6.large', spot) })).code).toBe(
      'Spot.NotMatched',
    );
    await create(typed('ecs.c6.large'));
    await create(typed('ecs.c6.xlarge', spot));
    expect((await refused('CreateContainerGroup', { ...GROUP, Cpu: 4, Memory: 8 })).code).toBe(
      'OperationDenied.NoStock',
    );
    await create({ Cpu: 2, Memory: 8 });
  });

  it('that is found missing too late makes a group ScheduleFailed, with an event', async () => {
    const { create, reaches } = await startCloud({ tables: stock('answers = ["schedule-failed"]') });
    const group = await reaches(await create(), 'ScheduleFailed');
    expect(group).toMatchObject({ IntranetIp: '', FailedTime: expect.stringMatching(/Z$/) as string });
    expect(group.Events).toMatchObject([
      {
        Type: 'Warning',
        Reason: 'NoStock',
        Message: expect.stringContaining('out of stock. zone cn-beijing-h') as string,
      },
    ]);
  });

  it('is looked for in all vSwitches and types of a call, in their order', async () => {
    const { create, reaches } = await startCloud({
      tables:
        TYPES +
        stock('zone = "cn-beijing-h"\nanswers = ["no-stock"]') +
        stock('zone = "cn-beijing-k"\ntype = "ecs.c6.large"\nanswers = ["schedule-failed"]'),
    });
    const id = await create(
      typed('ecs.c6.large,ecs.c6.xlarge', { VSwitchId: 'vsw-h,vsw-k', ScheduleStrategy: 'VSwitchOrdered' }),
    );
    expect(await reaches(id, 'Running')).toMatchObject({
      ZoneId: 'cn-beijing-k',
      VSwitchId: 'vsw-k',
      InstanceType: 'ecs.c6.xlarge',
    });
  });
});

describe('a size', () => {
  it.each([
    ['is rounded up to one that is sold', { Cpu: 3, Memory: 5 }, [4, 8]],
    [
      'is the sum of its containers’ limits when it is not named',
      {
        Cpu: undefined,
        Memory: undefined,
        Container: [
          { Name: 'a', Image: 'i', Cpu: 1, Memory: 2 },
          { Name: 'b', Image: 'i', Cpu: 3, Memory: 3 },
        ],
      },
      [4, 8],
    ],
    [
      'leaves out containers that ask for it',
      {
        Cpu: undefined,
        Memory: undefined,
        Container: [
          { Name: 'a', Image: 'i', Cpu: 4, Memory: 8 },
          {
            Name: 'b',
            Image: 'i',
            Cpu: 8,
            Memory: 8,
            EnvironmentVar: [{ Key: '__ECI_RESOURCE_IGNORE__', Value: 'TRUE' }],
          },
        ],
      },
      [4, 8],
    ],
    ['is 2 vCPU and 4 GiB when nothing names any', { Cpu: undefined, Memory: undefined }, [2, 4]],
    ['may stand among the types', { Cpu: undefined, Memory: undefined, InstanceType: '8-16Gi' }, [8, 16]],
  ])('%s', async (_, parameters, size) => {
    const { create, describe: look } = await startCloud();
    const group = await look(await create(parameters));
    expect([group?.Cpu, group?.Memory]).toEqual(size);
  });

  it('as spot is matched to a type', async () => {
    const { create, reaches } = await startCloud();
    const id = await create({ SpotStrategy: 'SpotAsPriceGo', Cpu: 4, Memory: 8 });
    expect(await reaches(id, 'Running')).toMatchObject({
      InstanceType: 'ecs.c6.xlarge',
      SpotStrategy: 'SpotAsPriceGo',
    });
  });
});

describe('a limit of the spot price', () => {
  const limited = (SpotPriceLimit: number): Wire =>
    typed('ecs.c6.large', { SpotStrategy: 'SpotWithPriceLimit', SpotPriceLimit });

  it('below the price is refused, at the price is good', async () => {
    const { create, describe: look, refused } = await startCloud({ tables: TYPES });
    const { code, statusCode } = await refused('CreateContainerGroup', { ...GROUP, ...limited(0.099) });
    expect([code, statusCode]).toEqual(['Spot.NotMatched', 403]);
    expect(await look(await create(limited(0.1)))).toMatchObject({ SpotPriceLimit: 0.1 });
  });

  it('says nothing to a strategy without one', async () => {
    const { create } = await startCloud({ tables: TYPES });
    await create(typed('ecs.c6.large', { SpotStrategy: 'SpotAsPriceGo', SpotPriceLimit: 0.001 }));
  });
});

describe('a client token', () => {
  it('with the same parameters gives the same group', async () => {
    const { create, emulator } = await startCloud();
    const ids = await Promise.all([1, 2, 3].map(() => create({ ClientToken: 'token-1' })));
    expect(new Set(ids).size).toBe(1);
    expect(await create({ ClientToken: 'token-2' })).not.toBe(ids[0]);
    expect(emulator.report().groups.created).toBe(2);
  });

  it('with other parameters is refused', async () => {
    const { create, refused } = await startCloud();
    await create({ ClientToken: 'token-1' });
    const { code, statusCode } = await refused('CreateContainerGroup', { ...GROUP, ClientToken: 'token-1', Cpu: 4 });
    expect([code, statusCode]).toEqual(['IdempotentParameterMismatch', 400]);
  });

  it('of a call that was refused may be used again', async () => {
    const { create, refused } = await startCloud({ tables: stock('answers = ["no-stock", "available"]') });
    await refused('CreateContainerGroup', { ...GROUP, ClientToken: 'token-1' });
    await create({ ClientToken: 'token-1' });
  });
});

it('stock can be counted: so many groups at a time, and another one when one has ended', async () => {
  const { create, refused, call, disappears } = await startCloud({
    tables: '[[stock]]\nzone = "cn-beijing-h"\nanswers = ["available"]\navailable_count = 2',
  });
  const first = await create();
  await create();
  expect((await refused('CreateContainerGroup', GROUP)).code).toBe('OperationDenied.NoStock');
  await call('DeleteContainerGroup', { ContainerGroupId: first });
  await disappears(first);
  await create();
});

it('stock of a type or a size is also what was matched or rounded up to it', async () => {
  const { refused, create } = await startCloud({
    tables: `[[stock]]\ntype = "ecs.c6.large"\nanswers = ["no-stock"]\n[[stock]]\ntype = "4-8Gi"\nanswers = ["no-stock"]`,
  });
  const spot = { ...GROUP, Cpu: 2, Memory: 4, SpotStrategy: 'SpotAsPriceGo' };
  expect((await refused('CreateContainerGroup', spot)).code).toBe('OperationDenied.NoStock');
  expect((await refused('CreateContainerGroup', { ...GROUP, Cpu: 3, Memory: 7 })).code).toBe('OperationDenied.NoStock');
  await create({ Cpu: 2, Memory: 8 });
});
