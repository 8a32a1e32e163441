import { afterEach, describe, expect, it } from 'vitest';
import { startWorld, type World, type WorldOptions } from '../support/world.ts';

let world: World;
afterEach(() => world.stop());

async function jobIn(options: WorldOptions) {
  world = await startWorld(options);
  const result = await world.run({ image: 'alpine:3.20', script: ['true'] });
  await world.nothingLeft();
  return { result, log: world.text(result), calls: world.emulator.report().calls };
}

const created = (): string[] =>
  world.emulator
    .requests()
    .filter((call) => call.action === 'CreateContainerGroup')
    .map(({ parameters: p }) => [p.VSwitchId, p.InstanceType ?? `${p.Cpu}-${p.Memory}Gi`, p.SpotStrategy].join(' '));

describe('looking for capacity', () => {
  it('gives up as a system failure that names every attempt, when there is none anywhere', async () => {
    const { result, log } = await jobIn({ scenario: '[[stock]]\nanswers = ["no-stock"]' });
    expect(result).toMatchObject({ state: 'failed', failureReason: 'runner_system_failure' });
    for (const door of [
      'cn-beijing-h ecs.c6.2xlarge',
      'cn-beijing-h ecs.g6.2xlarge',
      'cn-beijing-k ecs.c6.2xlarge',
      'cn-beijing-k ecs.g6.2xlarge',
    ]) {
      expect(log).toContain(`${door} spot: out of stock (OperationDenied.NoStock)`);
    }
    expect(log).toContain('Add [[vswitch]] tables in other zones');
    // A system failure in prepare: the runner tries three times, each with an attempt of its own.
    expect(result.calls.filter((call) => call.stage === 'prepare').map((call) => call.exitCode)).toEqual([2, 2, 2]);
  });

  it('waits and tries again until poll_timeout, and says so', async () => {
    const { result, log } = await jobIn({
      scenario: '[[stock]]\nanswers = ["no-stock", "no-stock", "no-stock", "no-stock", "available"]',
      settings: 'poll_timeout = 20',
    });
    expect(result.state).toBe('success');
    expect(log).toMatch(/Waiting for capacity, for at most \S+ s more\./);
    expect(created()).toHaveLength(5);
  });

  it('finds on-demand capacity last, if the operator allows it', async () => {
    const { result, log } = await jobIn({
      scenario: '[[stock]]\npolicy = "spot"\nanswers = ["no-stock"]\ncode = "Spot.NotMatched"',
      tables: '[spot]\non_demand_fallback = true',
    });
    expect(result.state).toBe('success');
    expect(created().slice(-2)).toEqual(['vsw-k ecs.g6.2xlarge SpotAsPriceGo', 'vsw-h ecs.c6.2xlarge NoSpot']);
    expect(log).toMatch(
      /cn-beijing-h {2}ecs\.c6\.2xlarge {2}spot +no spot capacity at this price \(Spot\.NotMatched\)/,
    );
    expect(log).toMatch(/ecs\.c6\.2xlarge, 8 vCPU 16 GiB, on-demand: scheduled/);
  });

  it('leaves out what is left of a zone that is not on sale, and a type that nobody sells', async () => {
    const { result } = await jobIn({
      scenario: '[[stock]]\nzone = "cn-beijing-h"\nanswers = ["no-stock"]\ncode = "Zone.NotOnSale"',
    });
    expect(result.state).toBe('success');
    expect(created()).toEqual(['vsw-h ecs.c6.2xlarge SpotAsPriceGo', 'vsw-k ecs.c6.2xlarge SpotAsPriceGo']);
  });

  it('takes the sentence of the layers below for what it means, whatever its code', async () => {
    const { result, log } = await jobIn({
      scenario:
        '[[stock]]\nzone = "cn-beijing-h"\nanswers = ["no-stock"]\ncode = "Some.NewCode"\nmessage = "The instanceTypes are out of usage"',
    });
    expect(result.state).toBe('success');
    expect(log).toMatch(/out of stock \(Some\.NewCode\)/);
  });

  it('goes on when a group is not scheduled in time, after deleting it', async () => {
    const { result, log } = await jobIn({
      scenario: '[[stock]]\nzone = "cn-beijing-h"\nanswers = ["stuck"]',
      settings: 'scheduling_timeout = 1',
    });
    expect(result.state).toBe('success');
    expect(log.match(/got no resources in time/g)).toHaveLength(2);
    const order = world.emulator
      .requests()
      .map((call) => call.action.replace('ContainerGroup', ''))
      .filter((action) => /^(Create|Delete)$/.test(action));
    expect(order).toEqual(['Create', 'Delete', 'Create', 'Delete', 'Create', 'Delete']);
  });

  it('with a cap below every price finds nothing, and never pays more', async () => {
    const { result } = await jobIn({ tables: '[spot]\nstrategy = "SpotWithPriceLimit"\nprice_limit = 0.01' });
    expect(result.failureReason).toBe('runner_system_failure');
    expect(world.emulator.report().groups.created).toBe(0);
  });

  it.each([
    ['specs', { ECI_USE_SPECS: 'ecs.g6.2xlarge,8-16Gi' }, 'ecs.g6.2xlarge, 8-16Gi'],
    ['a size', { KUBERNETES_CPU_REQUEST: '8' }, '8-16Gi'],
    ['on-demand', { ECI_SPOT_STRATEGY: 'NoSpot' }, 'ecs.c6.2xlarge, ecs.g6.2xlarge'],
  ])('of a job whose own wish of %s is above max_price fails the job, with the prices', async (_, variables, named) => {
    world = await startWorld({
      settings: 'pod_annotations_overwrite_allowed = "."\ncpu_request_overwrite_max_allowed = "16"\nmax_price = 0.2',
      tables: `[spot]\nstrategy = "${'ECI_SPOT_STRATEGY' in variables ? 'SpotAsPriceGo' : 'NoSpot'}"`,
    });
    const result = await world.run({ image: 'alpine:3.20', script: ['true'], variables });
    const log = world.text(result);
    expect(result.failureReason, log).toBe('script_failure');
    expect(log).toContain(`Nothing that the job asks for (${named}) is known to cost at most max_price, CNY 0.2/h.`);
    for (const spec of named.split(', '))
      expect(log).toMatch(new RegExp(`cn-beijing-h ${spec} on-demand: CNY \\d+(\\.\\d{1,6})?/h`));
    expect(world.emulator.report().groups.created).toBe(0);
  });

  it("of the operator's own specs above max_price is a system failure, whatever else the job asks for", async () => {
    world = await startWorld({
      settings: 'pod_annotations_overwrite_allowed = "."\nmax_price = 0.2',
      tables: '[spot]\nstrategy = "NoSpot"',
    });
    const variables = { ECI_USE_SPECS: 'ecs.g6.2xlarge,ecs.c6.2xlarge', ECI_EXTRA_EPHEMERAL_STORAGE: '20Gi' };
    const result = await world.run({ image: 'alpine:3.20', script: ['true'], variables });
    expect(result.failureReason).toBe('runner_system_failure');
    expect(world.text(result)).toContain('Nothing that the settings name is known to cost at most max_price');
  });
});

describe('an API that has a bad day', () => {
  const withFault = async (fault: Parameters<World['emulator']['fault']>[0]) => {
    world = await startWorld();
    world.emulator.fault(fault);
    const result = await world.run({ image: 'alpine:3.20', script: ['true'] });
    await world.nothingLeft();
    return { result, report: world.emulator.report() };
  };

  it.each(['lose-answer', 'reset', 'http-502-html', 'internal-error', 'throttle'] as const)(
    'and answers a create with "%s" makes one group, and the job is green',
    async (fault) => {
      const { result, report } = await withFault({ action: 'CreateContainerGroup', fault, times: 1, seconds: 0 });
      expect(result.state, world.text(result)).toBe('success');
      expect(report.groups.created).toBe(1);
    },
  );

  it('repeats a create with the same bytes and the same token', async () => {
    await withFault({ action: 'CreateContainerGroup', fault: 'lose-answer', times: 2, seconds: 0 });
    const creates = world.emulator.requests().filter((call) => call.action === 'CreateContainerGroup');
    expect(creates).toHaveLength(3);
    expect(new Set(creates.map((call) => JSON.stringify(call.parameters))).size).toBe(1);
  });

  it('that never answers a create is asked for the group by its tags, and the group is used', async () => {
    const { result, report } = await withFault({
      action: 'CreateContainerGroup',
      fault: 'lose-answer',
      times: 6,
      seconds: 0,
    });
    expect(result.state).toBe('success');
    expect(report.groups.created).toBe(1);
  });

  it('that answers 200 without an id is asked for the group as well', async () => {
    const { result, report } = await withFault({
      action: 'CreateContainerGroup',
      fault: 'empty-answer',
      times: 1,
      seconds: 0,
    });
    expect(result.state).toBe('success');
    expect(report.groups.created).toBe(1);
  });

  it('while the group starts costs the job nothing', async () => {
    const { result } = await withFault({
      action: 'DescribeContainerGroups',
      fault: 'internal-error',
      times: 4,
      seconds: 0,
    });
    expect(result.state).toBe('success');
  });
});

describe('credentials that are wrong', () => {
  it('are a system failure that says so, and never show the secret', async () => {
    world = await startWorld();
    const environment = { ...world.environment, ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'a-wrong-secret' };
    const result = await world.run({ image: 'alpine:3.20', script: ['true'] }, { environment });
    const log = world.text(result);
    expect(result.failureReason).toBe('runner_system_failure');
    expect(log).toMatch(/ECI does not accept the credentials[^]*Check the credentials that the runner's process has/);
    expect(log).not.toContain('a-wrong-secret');
  });
});
