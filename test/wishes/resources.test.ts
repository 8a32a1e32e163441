import { describe, expect, it } from 'vitest';
import { limitsThatFit } from '../../src/group/container-limits.ts';
import { parseInstance } from '../../src/placement/plan.ts';
import { sizeFor } from '../../src/placement/sizes.ts';
import { parseQuantity, toGiB } from '../../src/settings/quantity.ts';
import { applyWishes } from '../../src/wishes/apply-wishes.ts';
import { settingsOf } from '../support/settings.ts';

const MAXIMA = [
  'cpu_request',
  'cpu_limit',
  'memory_request',
  'memory_limit',
  'ephemeral_storage_request',
  'helper_cpu_request',
  'helper_memory_limit',
].map((name) => `${name}_overwrite_max_allowed = "${/cpu/.test(name) ? '16' : '64Gi'}"`);

function wish(variables: Readonly<Record<string, string>>, top = MAXIMA.join('\n'), tables = '') {
  const env = Object.fromEntries(Object.entries(variables).map(([name, value]) => [`CUSTOM_ENV_${name}`, value]));
  return applyWishes(settingsOf(top, tables), env);
}

describe('a quantity', () => {
  it.each([
    ['4', 4],
    ['0.5', 0.5],
    ['.5', 0.5],
    ['2.', 2],
    ['500m', 0.5],
    ['1k', 1000],
    ['2Gi', 2 * 2 ** 30],
    ['1.5Mi', 1.5 * 2 ** 20],
    ['3G', 3e9],
    ['1e3', 1000],
    ['1E2', 100],
    ['1E', 1e18],
    ['', undefined],
    ['-1', undefined],
    ['2GB', undefined],
    ['two', undefined],
    ['1 Gi', undefined],
  ])('"%s" is %s', (text, value) => expect(parseQuantity(text)).toBe(value));

  it('of memory never becomes less than asked for', () => expect(toGiB(2 ** 30 + 1)).toBe(1.001));
});

describe("a job's requests size the group", () => {
  it.each([
    [{ KUBERNETES_CPU_REQUEST: '3', KUBERNETES_MEMORY_REQUEST: '6Gi' }, '4-8Gi'],
    [{ KUBERNETES_CPU_REQUEST: '8', KUBERNETES_MEMORY_REQUEST: '16Gi' }, '8-16Gi'],
    [{ KUBERNETES_CPU_REQUEST: '500m' }, '2-2Gi'],
    // Never above the maximum of the other request.
    [{ KUBERNETES_CPU_REQUEST: '16' }, '16-32Gi'],
    [{ KUBERNETES_MEMORY_REQUEST: '20Gi' }, '4-32Gi'],
    [{ KUBERNETES_CPU_LIMIT: '4', KUBERNETES_MEMORY_LIMIT: '8Gi' }, '4-8Gi'],
    [{ KUBERNETES_CPU_REQUEST: '2', KUBERNETES_CPU_LIMIT: '8', KUBERNETES_MEMORY_REQUEST: '4Gi' }, '2-4Gi'],
    [{ ECI_CPU_REQUEST: '8', ECI_MEMORY_REQUEST: '16Gi' }, '8-16Gi'],
    [{ KUBERNETES_HELPER_CPU_REQUEST: '8' }, 'ecs.c6.2xlarge'],
  ])('%s: %s', (variables, label) => {
    expect(wish(variables).settings.instance_types).toEqual([label]);
  });

  it('of on-demand can be smaller than a spot size', () => {
    const { instance_types } = wish(
      { KUBERNETES_CPU_REQUEST: '500m' },
      undefined,
      '[spot]\nstrategy = "NoSpot"',
    ).settings;
    expect(instance_types).toEqual(['0.5-1Gi']);
  });

  it('but specs win over them, as on ACK', () => {
    const top = `${MAXIMA.join('\n')}\npod_annotations_overwrite_allowed = "."`;
    const both = { KUBERNETES_CPU_REQUEST: '8', KUBERNETES_POD_ANNOTATIONS_1: 'k8s.aliyun.com/eci-use-specs=2-4Gi' };
    expect(wish(both, top).settings.instance_types).toEqual(['2-4Gi']);
  });

  it('stay below the maxima also where a limit or a usual ratio stands in for a request', () => {
    const small =
      'cpu_request_overwrite_max_allowed = "4"\ncpu_limit_overwrite_max_allowed = "32"\nmemory_request_overwrite_max_allowed = "6Gi"';
    expect(wish({ KUBERNETES_CPU_LIMIT: '32' }, small).settings.instance_types).toEqual(['4-8Gi']);
    expect(wish({ KUBERNETES_CPU_REQUEST: '4' }, small).settings.instance_types).toEqual(['4-8Gi']);
    expect(wish({ KUBERNETES_MEMORY_REQUEST: '6Gi' }, small).settings.instance_types).toEqual(['2-8Gi']);
  });

  it('and storage beyond what is free is added', () => {
    expect(wish({ KUBERNETES_EPHEMERAL_STORAGE_REQUEST: '50Gi' }).settings.parameters).toEqual({
      EphemeralStorage: 20,
    });
    expect(wish({ KUBERNETES_EPHEMERAL_STORAGE_REQUEST: '30Gi' }).settings.parameters).toEqual({});
    // Never less than the operator gives.
    const given = wish(
      { KUBERNETES_EPHEMERAL_STORAGE_REQUEST: '50Gi' },
      undefined,
      '[parameters]\nEphemeralStorage = 200',
    );
    expect(given.settings.parameters).toEqual({ EphemeralStorage: 200 });
  });

  it('that no size holds are refused', () => {
    const top = 'cpu_request_overwrite_max_allowed = "1000"';
    expect(() => wish({ KUBERNETES_CPU_REQUEST: '65' }, top)).toThrow(/ECI sells no size that is so large/);
  });
});

describe('maxima', () => {
  it('that are set bound a wish, in the words of the Kubernetes executor', () => {
    expect(wish({ KUBERNETES_CPU_REQUEST: '16' }).lines).toEqual(['"CPURequest" overwritten with "16"']);
    expect(() => wish({ KUBERNETES_CPU_REQUEST: '16001m' })).toThrow(
      /KUBERNETES_CPU_REQUEST = "16001m" is refused: the resource "CPURequest" is higher than the limit allowed, "16"/,
    );
    expect(() => wish({ KUBERNETES_HELPER_MEMORY_LIMIT: '65Gi' })).toThrow(/"HelperMemoryLimit" is higher/);
  });

  it('that are not set switch it off, with one line for all', () => {
    const { settings, lines } = wish({ KUBERNETES_CPU_REQUEST: '4', KUBERNETES_MEMORY_LIMIT: '8Gi' }, '');
    expect(settings).toEqual(settingsOf());
    expect(lines).toEqual([
      'Ignored, because the operator of this runner does not allow them: KUBERNETES_CPU_REQUEST (cpu_request_overwrite_max_allowed is not set), KUBERNETES_MEMORY_LIMIT (memory_limit_overwrite_max_allowed is not set)',
    ]);
  });

  it('are not reached by nonsense', () => {
    expect(() => wish({ KUBERNETES_CPU_REQUEST: 'lots' })).toThrow(/it is no Kubernetes quantity/);
  });

  it('do not concern other variables of Kubernetes: one line says that they have no effect', () => {
    expect(
      wish({ KUBERNETES_NAMESPACE_OVERWRITE: 'x', KUBERNETES_NODE_SELECTOR_ARCH: 'a=b', KUBERNETES_PORT: '1' }).lines,
    ).toEqual(['Without effect on a container group: KUBERNETES_NAMESPACE_OVERWRITE, KUBERNETES_NODE_SELECTOR_ARCH']);
  });
});

describe('limits of containers', () => {
  const limits = wish({
    KUBERNETES_CPU_LIMIT: '8',
    KUBERNETES_MEMORY_LIMIT: '8Gi',
    KUBERNETES_HELPER_MEMORY_LIMIT: '2Gi',
  }).limits;

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

describe('sizes that are sold', () => {
  it('are the smallest that hold the wish', () => {
    expect(sizeFor(2, 3, false)).toEqual({ cpu: 2, memory: 4 });
    expect(sizeFor(2, 1, false)).toEqual({ cpu: 2, memory: 1 });
    expect(sizeFor(2, 1, true)).toEqual({ cpu: 2, memory: 2 });
    expect(sizeFor(2, 17, true)).toEqual({ cpu: 4, memory: 32 });
    expect(sizeFor(40, 200, true)).toEqual({ cpu: 52, memory: 384 });
    expect(sizeFor(64, 513, false)).toBeUndefined();
  });
});
