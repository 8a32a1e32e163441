import { afterEach, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.stop());

/** The variables of a pipeline that ran on ACK with virtual nodes: all kinds that such pipelines carry, as they are written there. */
const ARTICLE = {
  KUBERNETES_POD_ANNOTATIONS_1: 'k8s.aliyun.com/eci-use-specs=ecs.c6.2xlarge,ecs.c5.2xlarge,ecs.g6.2xlarge',
  KUBERNETES_POD_ANNOTATIONS_2: 'k8s.aliyun.com/eci-spot-strategy=SpotWithPriceLimit',
  KUBERNETES_POD_ANNOTATIONS_3: 'k8s.aliyun.com/eci-spot-price-limit=0.250',
  KUBERNETES_POD_ANNOTATIONS_4: 'k8s.aliyun.com/eci-spot-duration=2',
  KUBERNETES_POD_ANNOTATIONS_5: 'k8s.aliyun.com/eci-image-cache=true',
  KUBERNETES_POD_ANNOTATIONS_6: 'k8s.aliyun.com/imc-enable-reuse=true',
  KUBERNETES_POD_ANNOTATIONS_7: 'k8s.aliyun.com/imc-retention-days=7',
};

const ALLOWED = 'pod_annotations_overwrite_allowed = "k8s.aliyun.com.*"\nimage_cache = false';

const type = (name: string, more = ''): string =>
  `[[instance_type]]\nname = "${name}"\ncpu = 8\nmemory = 16\nlist_price = 1.5\nspot_price = 0.2\n${more}`;

/** Group-level parameters of a create call: what says how and where, and not what is in the group. */
const aboutTheGroup = (parameters: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(parameters).filter(
      ([name]) => !/^(Container|InitContainer|Volume|Tag)\.|^(ClientToken|ContainerGroupName)$/.test(name),
    ),
  );

const creates = () => world.emulator.requests().filter((call) => call.action === 'CreateContainerGroup');

describe('a pipeline that ran on ACK, its variables unchanged', () => {
  it('makes this create call, written by hand from the API reference', async () => {
    world = await startWorld({
      settings: ALLOWED,
      scenario: ['ecs.c6.2xlarge', 'ecs.c5.2xlarge', 'ecs.g6.2xlarge'].map((name) => type(name)).join('\n'),
    });
    const result = await world.run({ image: 'rust:1.90', script: ['true'], variables: ARTICLE, timeoutSeconds: 3600 });
    expect(result.state).toBe('success');
    const [create] = creates();
    const { ActiveDeadlineSeconds, ...call } = aboutTheGroup(create?.parameters ?? {});
    expect(call).toEqual({
      RegionId: 'cn-beijing',
      VSwitchId: 'vsw-h',
      ScheduleStrategy: 'VSwitchOrdered',
      SecurityGroupId: 'sg-emulator',
      InstanceType: 'ecs.c6.2xlarge',
      SpotStrategy: 'SpotWithPriceLimit',
      SpotPriceLimit: '0.25',
      SpotDuration: '2',
      RestartPolicy: 'Never',
      MaxPendingMinute: '11',
      TerminationGracePeriodSeconds: '30',
      AutoMatchImageCache: 'true',
    });
    // The rest of the job's hour, and ten minutes.
    expect(Number(ActiveDeadlineSeconds)).toBeGreaterThan(3600);
    expect(Number(ActiveDeadlineSeconds)).toBeLessThanOrEqual(4200);
    const log = world.text(result);
    expect(log).toContain('"PodAnnotations" "k8s.aliyun.com/eci-spot-price-limit" overwritten with "0.250"');
    expect(log).toMatch(/Without effect: k8s\.aliyun\.com\/imc-enable-reuse, k8s\.aliyun\.com\/imc-retention-days\./);
  });

  it('tries its specs in their order, and goes on with 1 hour where 2 are refused, with a sentence', async () => {
    world = await startWorld({
      settings: ALLOWED,
      scenario: `${type('ecs.c6.2xlarge')}\n${type('ecs.c5.2xlarge', 'spot_durations = [0, 1]')}\n${type('ecs.g6.2xlarge')}
[[stock]]\ntype = "ecs.c6.2xlarge"\nanswers = ["no-stock"]`,
    });
    const result = await world.run({ image: 'rust:1.90', script: ['true'], variables: ARTICLE });
    expect(result.state).toBe('success');
    const asked = creates().map(({ parameters: p }) => `${p.VSwitchId} ${p.InstanceType} ${p.SpotDuration}`);
    expect(asked).toEqual(['vsw-h ecs.c6.2xlarge 2', 'vsw-h ecs.c5.2xlarge 2', 'vsw-h ecs.c5.2xlarge 1']);
    expect(world.text(result)).toContain(
      'ECI does not take a spot duration of 2 h for ecs.c5.2xlarge: going on with 1 h.',
    );
  });

  it('is ignored by a runner whose operator allows nothing, with one line', async () => {
    world = await startWorld();
    const result = await world.run({ image: 'rust:1.90', script: ['true'], variables: ARTICLE });
    expect(result.state).toBe('success');
    expect(creates()[0]?.parameters).toMatchObject({ SpotStrategy: 'SpotAsPriceGo', SpotDuration: '1' });
    const lines = world
      .text(result)
      .split('\n')
      .filter((line) => line.includes('KUBERNETES_POD_ANNOTATIONS'));
    expect(lines).toEqual([expect.stringContaining('(pod_annotations_overwrite_allowed is not set)')]);
  });

  it('gets the size that its requests make, and its limits as far as they fit', async () => {
    world = await startWorld({
      settings: ['cpu_request', 'memory_request', 'cpu_limit', 'memory_limit', 'helper_memory_limit']
        .map((name) => `${name}_overwrite_max_allowed = "${name.includes('cpu') ? '16' : '64Gi'}"`)
        .join('\n'),
    });
    const result = await world.run({
      image: 'rust:1.90',
      script: ['true'],
      variables: {
        KUBERNETES_CPU_REQUEST: '3500m',
        KUBERNETES_MEMORY_REQUEST: '6Gi',
        KUBERNETES_CPU_LIMIT: '8',
        KUBERNETES_MEMORY_LIMIT: '6Gi',
        KUBERNETES_HELPER_MEMORY_LIMIT: '1Gi',
      },
    });
    expect(result.state).toBe('success');
    const { parameters = {} } = creates()[0] ?? {};
    expect(parameters).toMatchObject({ Cpu: '4', Memory: '8', 'Container.1.Memory': '1', 'Container.2.Memory': '6' });
    expect(parameters['Container.2.Cpu']).toBeUndefined();
    expect(world.text(result)).toContain('Not sent: cpu limit of 8 vCPU. The group as a whole is the limit.');
  });
});
