import { describe, expect, it } from 'vitest';
import { ManualClock } from '../support/manual-clock.ts';
import { GROUP, startCloud } from './cloud-under-test.ts';

describe("the account's limits", () => {
  it('are addresses of a vSwitch: a group takes one until it has ended', async () => {
    const { create, refused, reaches, emulator, fakes } = await startCloud({
      tables: '[[vswitch]]\nid = "vsw-small"\nzone = "cn-beijing-l"\naddresses = 1',
    });
    const small = { ...GROUP, VSwitchId: 'vsw-small' };
    const id = await create(small);
    await reaches(id, 'Running');
    const full = await refused('CreateContainerGroup', small);
    expect([full.code, full.statusCode]).toEqual(['InvalidVSwitchId.IpNotEnough', 403]);
    fakes.of(id).end('build', 0);
    await reaches(id, 'Succeeded');
    await create(small);
    expect(emulator.report().groups.created).toBe(2);
  });

  it('go to the next vSwitch of the request, when one has no addresses', async () => {
    const { create, describe: look } = await startCloud({
      tables: '[[vswitch]]\nid = "vsw-full"\nzone = "cn-beijing-l"\naddresses = 0',
    });
    expect(await look(await create({ VSwitchId: 'vsw-full,vsw-k' }))).toMatchObject({ VSwitchId: 'vsw-k' });
  });

  it('are a vCPU quota over all groups', async () => {
    const { create, refused, emulator } = await startCloud({ tables: '[account]\nvcpu_quota = 6' });
    await create({ Cpu: 4, Memory: 8 });
    const over = await refused('CreateContainerGroup', { ...GROUP, Cpu: 4, Memory: 8 });
    expect([over.code, over.statusCode, over.data.Message]).toEqual(['QuotaExceeded', 403, 'vCPU quota exceeded.']);
    emulator.changeAccount({ vcpu_quota: 8 });
    await create({ Cpu: 4, Memory: 8 });
  });

  it('are its balance and its RAM policy, with the detail of what was denied', async () => {
    const { refused, call, emulator } = await startCloud({
      tables: '[account]\narrears = true\ndenied_actions = ["DeleteContainerGroup"]',
    });
    expect((await refused('CreateContainerGroup', GROUP)).code).toBe('Account.Arrearage');
    const denied = await refused('DeleteContainerGroup', { ContainerGroupId: 'eci-1' });
    expect([denied.code, denied.statusCode]).toEqual(['Forbidden.RAM', 403]);
    expect(denied.data.AccessDeniedDetail).toMatchObject({ AuthAction: 'eci:DeleteContainerGroup' });
    emulator.changeAccount({ arrears: false, denied_actions: ['*'] });
    await expect(call('DescribeContainerGroups', {})).rejects.toThrow(/Forbidden\.RAM/);
  });

  it('are calls: a burst of a hundred creates, then twenty a second', async () => {
    const clock = new ManualClock();
    const { refused } = await startCloud({ clock });
    const bad = { ...GROUP, VSwitchId: 'vsw-none' };
    const letIn = async (calls: number) => {
      const codes = await Promise.all(
        Array.from({ length: calls }, async () => (await refused('CreateContainerGroup', bad)).code),
      );
      return codes.filter((code) => code !== 'Throttling.User').length;
    };
    expect(await letIn(130)).toBe(100);
    await clock.advance(1);
    expect(await letIn(30)).toBe(20);
    await clock.advance(3600);
    expect(await letIn(110)).toBe(100);
  });

  it('are those calls that the scenario says, with the status that it says', async () => {
    const { call, refused, emulator } = await startCloud({
      keys: 'throttling_status = 429',
      tables: '[[throttle]]\naction = "DescribeContainerGroups"\nburst = 2\nper_second = 0.1',
    });
    await call('DescribeContainerGroups', {});
    await call('DescribeContainerGroups', {});
    const third = await refused('DescribeContainerGroups', {});
    expect([third.code, third.statusCode]).toEqual(['Throttling.User', 429]);
    emulator.fault({ action: 'DeleteContainerGroup', fault: 'throttle' });
    expect((await refused('DeleteContainerGroup', { ContainerGroupId: 'eci-1' })).statusCode).toBe(429);
    await emulator.advance(10);
    await call('DescribeContainerGroups', {});
  });

  it('let a type be sold with some spot durations only', async () => {
    const { create, refused } = await startCloud({
      tables:
        '[[instance_type]]\nname = "ecs.x.large"\ncpu = 2\nmemory = 4\nlist_price = 1\nspot_price = 0.2\nspot_durations = [0]',
    });
    const spot = { ...GROUP, InstanceType: 'ecs.x.large', SpotStrategy: 'SpotAsPriceGo' };
    expect((await refused('CreateContainerGroup', spot)).code).toBe('InvalidInstanceTypeForEciSpotDurationBuy');
    await create({ ...spot, SpotDuration: 0 });
  });
});
