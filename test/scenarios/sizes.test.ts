import { afterEach, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.stop());

const type = (name: string, more: string): string =>
  `[[instance_type]]\nname = "${name}"\ncpu = 4\nmemory = 16\nlist_price = 2.0\nspot_price = 0.5\n${more}\n`;

const creates = () => world.emulator.requests().filter((call) => call.action === 'CreateContainerGroup');
const run = (variables: Readonly<Record<string, string>>) =>
  world.run({ image: 'rust:1.90', script: ['true'], variables });

/** A variable of a service. */
const own = (key: string, value: string) => ({ key, value, public: true, file: false, masked: false, raw: false });

const ALLOWED = 'pod_annotations_overwrite_allowed = "."\nnode_selector_overwrite_allowed = "^kubernetes.io/arch="';

describe('a job', () => {
  it('gets the GPU of the type that it names, and its log says what it got', async () => {
    world = await startWorld({
      settings: `${ALLOWED}\norder = "price"`,
      scenario: type('ecs.gn6i-c4g1.xlarge', 'gpus = 1'),
    });
    const result = await run({ KUBERNETES_POD_ANNOTATIONS_1: 'k8s.aliyun.com/eci-use-specs=ecs.gn6i-c4g1.xlarge' });
    expect(result.state).toBe('success');
    expect(creates()[0]?.parameters).toMatchObject({ InstanceType: 'ecs.gn6i-c4g1.xlarge', 'Container.2.Gpu': '1' });
    expect(creates()[0]?.parameters).not.toHaveProperty('Container.1.Gpu');
    expect(world.text(result)).toMatch(/in cn-beijing-h, ecs\.gn6i-c4g1\.xlarge, 4 vCPU 16 GiB, spot/);
  });

  it('of Arm types runs on Arm with the images for it, without anybody saying it twice', async () => {
    world = await startWorld({
      settings: 'instance_types = ["ecs.c8y.xlarge"]',
      scenario: type('ecs.c8y.xlarge', 'architecture = "arm64"'),
    });
    expect((await run({})).state).toBe('success');
    expect(creates()[0]?.parameters).toMatchObject({ InstanceType: 'ecs.c8y.xlarge', CpuArchitecture: 'ARM64' });
  });

  it('gets the size that the settings ask for, with the price and the limits in its log', async () => {
    world = await startWorld({
      settings: 'instance_types = ["8-16Gi"]\norder = "price"\nmemory_limit = "12Gi"\nhelper_memory_limit = "1Gi"',
    });
    const result = await run({});
    expect(result.state).toBe('success');
    const log = world.text(result);
    expect(log).toMatch(/8 vCPU 16 GiB, spot CNY \d\.\d{3}\/h: scheduled/);
    expect(log).toContain('Limits: build 12 GiB, helper 1 GiB.');
  });

  it('shares its size with its services, each with its own limits', async () => {
    world = await startWorld({
      settings: [
        ...[
          'cpu_request',
          'memory_request',
          'service_cpu_request',
          'service_memory_request',
          'service_memory_limit',
        ].map((name) => `${name}_overwrite_max_allowed = "${name.includes('cpu') ? '16' : '64Gi'}"`),
        'service_cpu_request = "500m"',
        'service_memory_limit = "512Mi"',
      ].join('\n'),
    });
    const result = await world.run({
      image: 'rust:1.90',
      script: ['true'],
      services: [
        { name: 'redis:8', alias: 'redis' },
        {
          name: 'postgres:17',
          alias: 'db',
          variables: [
            own('KUBERNETES_SERVICE_CPU_REQUEST', '1500m'),
            own('KUBERNETES_SERVICE_MEMORY_LIMIT', '${DB_SIZE}'),
          ],
        },
      ],
      variables: { KUBERNETES_CPU_REQUEST: '6', KUBERNETES_MEMORY_REQUEST: '12Gi', DB_SIZE: '3Gi' },
    });
    expect(result.state).toBe('success');
    const { parameters = {} } = creates()[0] ?? {};
    // 6 + 0.5 + 1.5 vCPU, and 12 + 0.5 + 3 GiB.
    expect(parameters).toMatchObject({
      Cpu: '8',
      Memory: '16',
      'Container.3.Memory': '0.5',
      'Container.4.Memory': '3',
    });
    expect(world.text(result)).toContain('Limits: redis 0.5 GiB, db 3 GiB.');
  });

  it.each([
    ['a size that cannot be spot', { ECI_USE_SPECS: '1-2Gi' }, /1-2Gi cannot be had as spot/],
    [
      'an architecture that its types do not have',
      { KUBERNETES_NODE_SELECTOR_1: 'kubernetes.io/arch=arm64' },
      /is AMD64/,
    ],
  ])('that asks for %s fails, with a sentence and the remedy, and nothing is created', async (_, variables, why) => {
    world = await startWorld({ settings: ALLOWED });
    const result = await run(variables);
    expect(result).toMatchObject({ state: 'failed', failureReason: 'script_failure' });
    expect(world.text(result)).toMatch(why);
    expect(creates()).toEqual([]);
  });
});
