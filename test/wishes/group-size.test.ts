import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limitsThatFit } from '../../src/group/container-limits.ts';
import { parseInstance } from '../../src/placement/plan.ts';
import { MAXIMA, refusalOf, wish, type WishOptions } from '../support/wish.ts';

type Variables = Readonly<Record<string, string>>;
const sizeOf = (variables: Variables, options: WishOptions = {}) =>
  wish(variables, options).settings.instance_types.join();
const ON_DEMAND = '[spot]\nstrategy = "NoSpot"';

describe("a job's requests size the group", () => {
  it.each([
    [{ KUBERNETES_CPU_REQUEST: '3', KUBERNETES_MEMORY_REQUEST: '6Gi' }, '4-8Gi'],
    [{ KUBERNETES_CPU_REQUEST: '8', KUBERNETES_MEMORY_REQUEST: '16Gi' }, '8-16Gi'],
    [{ KUBERNETES_CPU_REQUEST: '500m' }, '2-2Gi'],
    [{ KUBERNETES_CPU_REQUEST: '16' }, '16-32Gi'],
    [{ KUBERNETES_MEMORY_REQUEST: '20Gi' }, '4-32Gi'],
    [{ KUBERNETES_CPU_LIMIT: '4', KUBERNETES_MEMORY_LIMIT: '8Gi' }, '4-8Gi'],
    [{ KUBERNETES_CPU_REQUEST: '2', KUBERNETES_CPU_LIMIT: '8', KUBERNETES_MEMORY_REQUEST: '4Gi' }, '2-4Gi'],
    [{ ECI_CPU_REQUEST: '8', ECI_MEMORY_REQUEST: '16Gi' }, '8-16Gi'],
    [{ KUBERNETES_POD_CPU_REQUEST: '8', KUBERNETES_POD_MEMORY_REQUEST: '16Gi' }, '8-16Gi'],
    [{ KUBERNETES_POD_CPU_LIMIT: '8' }, '8-16Gi'],
    // The helper's do not count.
    [{ KUBERNETES_HELPER_CPU_REQUEST: '8' }, 'ecs.c6.2xlarge'],
    // Nor does storage, or nothing.
    [{ KUBERNETES_EPHEMERAL_STORAGE_REQUEST: '80Gi' }, 'ecs.c6.2xlarge'],
    [{ KUBERNETES_CPU_REQUEST: '0', KUBERNETES_MEMORY_REQUEST: '0' }, 'ecs.c6.2xlarge'],
    // Those of services without a service.
    [{ KUBERNETES_SERVICE_CPU_REQUEST: '8' }, 'ecs.c6.2xlarge'],
  ])('%s: %s', (variables, label) => expect(sizeOf(variables)).toBe(label));

  it('of on-demand can be smaller than a spot size', () => {
    expect(sizeOf({ KUBERNETES_CPU_REQUEST: '500m' }, { tables: ON_DEMAND })).toBe('0.5-1Gi');
  });

  it('but specs win over them, as on ACK', () => {
    const top = `${MAXIMA}\npod_annotations_overwrite_allowed = "."`;
    const both = { KUBERNETES_CPU_REQUEST: '8', KUBERNETES_POD_ANNOTATIONS_1: 'k8s.aliyun.com/eci-use-specs=2-4Gi' };
    expect(sizeOf(both, { top })).toBe('2-4Gi');
  });

  it('stay below the maxima also where a limit or a usual ratio stands in for a request', () => {
    const top =
      'cpu_request_overwrite_max_allowed = "4"\ncpu_limit_overwrite_max_allowed = "32"\nmemory_request_overwrite_max_allowed = "6Gi"';
    expect(sizeOf({ KUBERNETES_CPU_LIMIT: '32' }, { top })).toBe('4-8Gi');
    expect(sizeOf({ KUBERNETES_CPU_REQUEST: '4' }, { top })).toBe('4-8Gi');
    expect(sizeOf({ KUBERNETES_MEMORY_REQUEST: '6Gi' }, { top })).toBe('2-8Gi');
  });

  it('with those of its services, each of them', () => {
    const services = {
      postgres: {},
      redis: { KUBERNETES_SERVICE_CPU_REQUEST: '250m', KUBERNETES_SERVICE_MEMORY_REQUEST: '512Mi' },
    };
    const variables = {
      KUBERNETES_CPU_REQUEST: '6',
      KUBERNETES_MEMORY_REQUEST: '12Gi',
      KUBERNETES_SERVICE_CPU_REQUEST: '1',
      KUBERNETES_SERVICE_MEMORY_REQUEST: '2Gi',
    };
    expect(sizeOf(variables, { services })).toBe('8-16Gi');
    expect(sizeOf(variables, { services: { ...services, mail: {} } })).toBe('12-24Gi');
  });

  it('of services alone size it too, and the log says that nothing is asked for the build container', () => {
    const wished = wish({ KUBERNETES_SERVICE_CPU_REQUEST: '4' }, { services: { db: {} } });
    expect(wished.settings.instance_types).toEqual(['4-8Gi']);
    expect(wished.lines).toContainEqual(
      expect.stringMatching(/as large as the services ask for: nothing is asked for/),
    );
  });

  it('of the pod as a whole hold those of its containers', () => {
    const pod = { KUBERNETES_POD_CPU_REQUEST: '8', KUBERNETES_POD_MEMORY_REQUEST: '16Gi' };
    expect(sizeOf({ ...pod, KUBERNETES_CPU_REQUEST: '2', KUBERNETES_MEMORY_REQUEST: '4Gi' })).toBe('8-16Gi');
    expect(sizeOf({ ...pod, KUBERNETES_CPU_REQUEST: '12', KUBERNETES_MEMORY_REQUEST: '4Gi' })).toBe('12-24Gi');
  });

  it('that no size holds are refused, with the sum', () => {
    const variables = {
      KUBERNETES_CPU_REQUEST: '40',
      KUBERNETES_MEMORY_REQUEST: '8Gi',
      KUBERNETES_SERVICE_CPU_REQUEST: '30',
    };
    const refused = refusalOf(variables, { services: { db: {} } });
    expect(refused.fault).toBe('user');
    expect(refused.message).toMatch(
      /^The requests of the build container and 1 service are 70 vCPU and 68 GiB in sum, and ECI sells no size that is so large/,
    );
  });

  it('do not replace types with GPUs, and the log says so', () => {
    const top = `${MAXIMA}\ninstance_types = ["ecs.gn6i-c4g1.xlarge"]`;
    const wished = wish({ KUBERNETES_CPU_REQUEST: '8' }, { top });
    expect(wished.settings.instance_types).toEqual(['ecs.gn6i-c4g1.xlarge']);
    expect(wished.lines).toContain('Requests do not size this group: its GPU comes with ecs.gn6i-c4g1.xlarge.');
  });

  it('keep the architecture of the types that they replace', () => {
    const top = `${MAXIMA}\ninstance_types = ["ecs.c8y.large"]`;
    expect(wish({ KUBERNETES_CPU_REQUEST: '8' }, { top }).settings).toMatchObject({
      instance_types: ['8-16Gi'],
      cpu_architecture: 'ARM64',
    });
  });
});

describe("the operator's requests", () => {
  const requests = 'cpu_request = "4"\nmemory_request = "8Gi"';
  const service = 'service_cpu_request = "1"\nservice_memory_request = "2Gi"';

  it('do not count where types are named', () => {
    expect(sizeOf({}, { top: requests })).toBe('ecs.c6.2xlarge');
    expect(sizeOf({}, { top: service, services: { db: {} } })).toBe('ecs.c6.2xlarge');
  });

  it('size the group where no types are named, with those of the services', () => {
    const left = ['instance_types'];
    expect(sizeOf({}, { top: requests, left })).toBe('4-8Gi');
    expect(sizeOf({}, { top: `${requests}\n${service}`, left, services: { db: {}, mail: {} } })).toBe('8-16Gi');
    expect(sizeOf({}, { top: 'pod_cpu_request = "3"', left })).toBe('4-8Gi');
    const top = 'cpu_request = "2"\ncpu_request_overwrite_max_allowed = "4"';
    expect(sizeOf({ KUBERNETES_CPU_REQUEST: '0' }, { top, left })).toBe('2-4Gi');
  });

  it('that no size holds are not the fault of a job that asks for nothing', () => {
    const options = { top: 'cpu_request = "65"', left: ['instance_types'] };
    expect(refusalOf({}, options)).toMatchObject({
      fault: 'operator',
      message: expect.stringMatching(/65 vCPU/) as string,
    });
  });

  it('that no size holds with those of its own services are not, either; with services of the job they are', () => {
    const options = { top: 'cpu_request = "33"\nservice_cpu_request = "32"', left: ['instance_types'] };
    expect(refusalOf({}, { ...options, services: { db: {} }, owner: 'settings' }).fault).toBe('operator');
    expect(refusalOf({}, { ...options, services: { db: {} } }).fault).toBe('user');
    const own = { db: { KUBERNETES_SERVICE_CPU_REQUEST: '64' } };
    const top = 'cpu_request = "2"\nservice_cpu_request_overwrite_max_allowed = "64"';
    const given = { ...options, top, services: own };
    expect(refusalOf({}, { ...given, owner: 'settings' }).fault).toBe('operator');
    expect(refusalOf({}, given).fault).toBe('user');
  });

  it("count beside the job's, one by one", () => {
    const top = `${requests}\ncpu_request_overwrite_max_allowed = "16"`;
    expect(sizeOf({ KUBERNETES_CPU_REQUEST: '2' }, { top })).toBe('2-8Gi');
    expect(sizeOf({ KUBERNETES_CPU_REQUEST: '8' }, { top: `${top}\n${service}`, services: { db: {} } })).toBe(
      '12-12Gi',
    );
  });
});

describe('properties of the size', () => {
  const cpu = fc.integer({ min: 1, max: 3000 }).map((each) => `${each}m`);
  const memory = fc.integer({ min: 6, max: 20_000 }).map((each) => `${each}Mi`);
  const service = fc.record({ KUBERNETES_SERVICE_CPU_REQUEST: cpu, KUBERNETES_SERVICE_MEMORY_REQUEST: memory });
  const services = fc.array(service, { maxLength: 15 });
  const build = fc.record({ KUBERNETES_CPU_REQUEST: cpu, KUBERNETES_MEMORY_REQUEST: memory });
  const named = (list: readonly Variables[]) => Object.fromEntries(list.map((each, n) => [`svc-${n}`, each]));
  const size = (variables: Variables, list: readonly Variables[]) =>
    parseInstance(sizeOf(variables, { services: named(list) })).size ?? expect.unreachable();
  const sum = (amounts: readonly (string | undefined)[]) =>
    amounts.reduce((total, each) => total + parseInt(each ?? '0', 10), 0);

  it('it holds all that is asked for', () => {
    fc.assert(
      fc.property(build, services, (its, list) => {
        const found = size(its, list);
        const cpus = [its.KUBERNETES_CPU_REQUEST, ...list.map((each) => each.KUBERNETES_SERVICE_CPU_REQUEST)];
        const bytes = [its.KUBERNETES_MEMORY_REQUEST, ...list.map((each) => each.KUBERNETES_SERVICE_MEMORY_REQUEST)];
        expect(found.cpu * 1000).toBeGreaterThanOrEqual(sum(cpus));
        expect(found.memory * 1024).toBeGreaterThanOrEqual(sum(bytes));
      }),
    );
  });

  it('it does not depend on the order of the services, nor on what the helper asks for', () => {
    fc.assert(
      fc.property(build, services, cpu, memory, (its, list, helperCpu, helperMemory) => {
        const found = size(its, list);
        expect(size(its, list.toReversed())).toEqual(found);
        const helper = { KUBERNETES_HELPER_CPU_REQUEST: helperCpu, KUBERNETES_HELPER_MEMORY_LIMIT: helperMemory };
        expect(size({ ...its, ...helper }, list)).toEqual(found);
      }),
    );
  });

  it('one service more never makes it smaller', () => {
    fc.assert(
      fc.property(build, services, service, (its, list, more) => {
        expect(size(its, [...list, more]).cpu).toBeGreaterThanOrEqual(size(its, list).cpu);
      }),
    );
  });

  it('limits that are sent never exceed it in sum, and each resource is sent whole or not at all', () => {
    const limits = fc.record(
      { cpu: fc.integer({ min: 1, max: 8 }), memory: fc.integer({ min: 1, max: 16 }) },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.dictionary(fc.string(), limits), (wanted) => {
        const { sent, left } = limitsThatFit(wanted, parseInstance('8-16Gi'));
        for (const [resource, most] of [
          ['cpu', 8],
          ['memory', 16],
        ] as const) {
          const total = (of: typeof wanted | typeof sent) =>
            Object.values(of).reduce((all, each) => all + (each[resource] ?? 0), 0);
          expect(total(sent)).toBeLessThanOrEqual(most);
          expect([0, total(wanted)]).toContain(total(sent));
          expect(left.some((line) => line.startsWith(resource))).toBe(total(wanted) > most);
        }
      }),
    );
  });
});

describe('limits of containers', () => {
  const { limits } = wish({
    KUBERNETES_CPU_LIMIT: '8',
    KUBERNETES_MEMORY_LIMIT: '8Gi',
    KUBERNETES_HELPER_MEMORY_LIMIT: '2Gi',
  });

  it('are sent when the size is known and holds their sum', () => {
    expect(limitsThatFit(limits, parseInstance('8-16Gi'))).toEqual({
      sent: { build: { cpu: 8, memory: 8 }, helper: { memory: 2 } },
      left: [],
    });
  });

  it('are left out, each resource for itself, when they do not fit or the size is not known', () => {
    expect(limitsThatFit(limits, parseInstance('8-8Gi'))).toEqual({
      sent: { build: { cpu: 8 }, helper: {} },
      left: ['memory limit of 10 GiB'],
    });
    expect(limitsThatFit(limits, parseInstance('ecs.c6.2xlarge')).sent).toEqual({ build: {}, helper: {} });
  });
});

describe('ephemeral storage', () => {
  const storage = (amount: string, options: WishOptions = {}) =>
    wish({ KUBERNETES_EPHEMERAL_STORAGE_REQUEST: amount }, options).settings.parameters;

  it('beyond what is free is added', () => {
    expect(storage('50Gi')).toEqual({ EphemeralStorage: 20 });
    expect(storage('30Gi')).toEqual({});
    expect(storage('30721Mi')).toEqual({ EphemeralStorage: 1 });
    expect(wish({ KUBERNETES_EPHEMERAL_STORAGE_LIMIT: '40Gi' }).settings.parameters).toEqual({ EphemeralStorage: 10 });
  });

  it('is the sum of what build and services ask for', () => {
    const services = { db: { KUBERNETES_SERVICE_EPHEMERAL_STORAGE_REQUEST: '25Gi' } };
    expect(storage('20Gi', { services })).toEqual({ EphemeralStorage: 15 });
  });

  it('is never less than the operator gives', () => {
    expect(storage('50Gi', { tables: '[parameters]\nEphemeralStorage = 200' })).toEqual({ EphemeralStorage: 200 });
    expect(wish({}, { top: 'ephemeral_storage_request = "40Gi"' }).settings.parameters).toEqual({
      EphemeralStorage: 10,
    });
  });

  it('that is more than ECI gives is refused', () => {
    const top = 'ephemeral_storage_request_overwrite_max_allowed = "100Ti"';
    expect(storage('5030Gi', { top })).toEqual({ EphemeralStorage: 5000 });
    expect(refusalOf({ KUBERNETES_EPHEMERAL_STORAGE_REQUEST: '5031Gi' }, { top }).message).toMatch(
      /ask for 5031 GiB of ephemeral storage in sum, and ECI gives 5030 GiB at most/,
    );
    expect(refusalOf({ KUBERNETES_EPHEMERAL_STORAGE_REQUEST: '5031Gi' }, { top }).fault).toBe('user');
  });

  it('that the settings alone ask for is not the fault of a job, whatever it asks for itself', () => {
    const top = 'ephemeral_storage_request = "5031Gi"\ncpu_request_overwrite_max_allowed = "8"';
    for (const variables of [{}, { KUBERNETES_CPU_REQUEST: '4' }, { KUBERNETES_CPU_REQUEST: 'four' }]) {
      expect(refusalOf(variables, { top })).toMatchObject({
        fault: 'operator',
        message: expect.stringMatching(/ask for 5031 GiB of ephemeral storage/) as string,
      });
    }
  });
});
