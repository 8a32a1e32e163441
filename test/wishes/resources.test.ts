import { describe, expect, it } from 'vitest';
import { settingsOf } from '../support/settings.ts';
import { refusalOf, wish } from '../support/wish.ts';

const limits = (variables: Readonly<Record<string, string>>, options = {}) => wish(variables, options).limits;

describe('maxima', () => {
  const top = 'cpu_request_overwrite_max_allowed = "16"\nhelper_memory_limit_overwrite_max_allowed = "64Gi"';

  it('that are set bound a wish, in the words of the Kubernetes executor', () => {
    expect(wish({ KUBERNETES_CPU_REQUEST: '16' }, { top }).lines).toEqual(['"CPURequest" overwritten with "16"']);
    const refused = refusalOf({ KUBERNETES_CPU_REQUEST: '16001m' }, { top });
    expect(refused.fault).toBe('user');
    expect(refused.message).toContain('the resource "CPURequest" requested "16001m" is higher than limit allowed "16"');
    expect(refusalOf({ KUBERNETES_HELPER_MEMORY_LIMIT: '65Gi' }, { top }).message).toContain('"HelperMemoryLimit"');
  });

  it('that are not set switch it off, with one line for all', () => {
    const { settings, lines } = wish({ KUBERNETES_CPU_REQUEST: '4', KUBERNETES_POD_MEMORY_LIMIT: '8Gi' }, { top: '' });
    expect(settings).toEqual(settingsOf());
    expect(lines).toEqual([
      'Ignored, because the operator of this runner does not allow them: KUBERNETES_CPU_REQUEST (cpu_request_overwrite_max_allowed is not set), KUBERNETES_POD_MEMORY_LIMIT (pod_memory_limit_overwrite_max_allowed is not set)',
    ]);
  });

  it.each([
    ['KUBERNETES_CPU_REQUEST', 'CPURequest', '4'],
    ['KUBERNETES_MEMORY_LIMIT', 'MemoryLimit', '4Gi'],
    ['KUBERNETES_EPHEMERAL_STORAGE_REQUEST', 'EphemeralStorageRequest', '40Gi'],
    ['KUBERNETES_HELPER_CPU_LIMIT', 'HelperCPULimit', '1'],
    ['KUBERNETES_SERVICE_MEMORY_REQUEST', 'ServiceMemoryRequest', '1Gi'],
    ['KUBERNETES_SERVICE_EPHEMERAL_STORAGE_REQUEST', 'ServiceEphemeralStorageRequest', '1Gi'],
    ['KUBERNETES_POD_CPU_REQUEST', 'PodCPURequest', '4'],
    ['KUBERNETES_POD_MEMORY_LIMIT', 'PodMemoryLimit', '4Gi'],
    ['ECI_SERVICE_CPU_LIMIT', 'ServiceCPULimit', '1'],
  ])('let %s through, with the line of the Kubernetes executor', (variable, word, value) => {
    expect(wish({ [variable]: value }).lines).toContain(`"${word}" overwritten with "${value}"`);
  });

  it('do not concern other variables of Kubernetes: one line says that they have no effect', () => {
    expect(
      wish({ KUBERNETES_NAMESPACE_OVERWRITE: 'x', KUBERNETES_NODE_TOLERATIONS_1: 'a=b', KUBERNETES_PORT: '1' }).lines,
    ).toEqual(['Without effect on a container group: KUBERNETES_NAMESPACE_OVERWRITE, KUBERNETES_NODE_TOLERATIONS_1']);
  });
});

describe('a quantity of a job', () => {
  it.each(['lots', '-1', '∞', '1e400', '1,5', '2GB', ' 2'])('"%s" is refused', (value) => {
    const refused = refusalOf({ KUBERNETES_MEMORY_REQUEST: value });
    expect(refused.fault).toBe('user');
    expect(refused.message).toMatch(/^The job variable KUBERNETES_MEMORY_REQUEST = ".*it is no Kubernetes quantity/);
  });

  it.each([
    ['8', '8 bytes'],
    ['512m', '0.512 bytes'],
    ['1e3', '1000 bytes'],
  ])('of memory "%s" is refused, as its unit is missing', (value, meaning) => {
    expect(refusalOf({ KUBERNETES_MEMORY_LIMIT: value }).message).toContain(
      `it means ${meaning}; a unit such as Mi or Gi seems to be missing`,
    );
  });

  it('of vCPU such as 1e3 is what it says', () => {
    expect(refusalOf({ KUBERNETES_CPU_REQUEST: '1e3' }).message).toContain('requested "1e3" is higher than limit');
    expect(limits({ KUBERNETES_CPU_LIMIT: '500m' }).build).toEqual({ cpu: 0.5 });
  });

  it('that is empty takes the wish back', () => {
    const { settings, lines } = wish({ KUBERNETES_CPU_REQUEST: '', KUBERNETES_MEMORY_LIMIT: '' });
    expect(settings.instance_types).toEqual(['ecs.c6.2xlarge']);
    expect(lines).toEqual([]);
  });

  it.each(['0', '0Gi', '0m'])(
    'that is %s asks for nothing and limits nothing, whatever the operator has set',
    (value) => {
      const top = `cpu_limit = "2"\ncpu_limit_overwrite_max_allowed = "4"`;
      expect(limits({}, { top }).build).toEqual({ cpu: 2 });
      expect(limits({ KUBERNETES_CPU_LIMIT: value }, { top }).build).toEqual({});
    },
  );
});

describe('limits', () => {
  it("are the operator's, overwritten by the job's one by one", () => {
    const top = [
      'cpu_limit = "4"',
      'memory_limit = "8Gi"',
      'memory_limit_overwrite_max_allowed = "16Gi"',
      'helper_memory_limit = "1Gi"',
    ].join('\n');
    expect(limits({}, { top })).toEqual({ build: { cpu: 4, memory: 8 }, helper: { memory: 1 } });
    expect(limits({ KUBERNETES_MEMORY_LIMIT: '12Gi' }, { top }).build).toEqual({ cpu: 4, memory: 12 });
  });

  it('of services are those of all services, overwritten by the variables of each', () => {
    const services = {
      postgres: { KUBERNETES_SERVICE_MEMORY_LIMIT: '2Gi' },
      redis: { KUBERNETES_SERVICE_CPU_LIMIT: '', PORT: '6379' },
      mail: { KUBERNETES_SERVICE_MEMORY_LIMIT: '0' },
    };
    const top =
      'service_cpu_limit = "500m"\nservice_memory_limit = "256Mi"\nservice_memory_limit_overwrite_max_allowed = "4Gi"';
    const wished = wish({ KUBERNETES_SERVICE_MEMORY_LIMIT: '1Gi' }, { top, services });
    expect(wished.limits).toMatchObject({
      postgres: { cpu: 0.5, memory: 2 },
      redis: { cpu: 0.5, memory: 1 },
      mail: { cpu: 0.5 },
    });
    expect(wished.lines).toContain('"ServiceMemoryLimit" of postgres overwritten with "2Gi"');
  });

  it("of a service's own variables have the same maxima, and the service is named", () => {
    const top = 'service_memory_limit_overwrite_max_allowed = "4Gi"';
    const services = { postgres: { KUBERNETES_SERVICE_MEMORY_LIMIT: '5Gi' } };
    expect(refusalOf({}, { top, services }).message).toMatch(
      /KUBERNETES_SERVICE_MEMORY_LIMIT of postgres = "5Gi" is refused/,
    );
    expect(wish({}, { top: '', services }).lines).toEqual([
      'Ignored, because the operator of this runner does not allow them: KUBERNETES_SERVICE_MEMORY_LIMIT of postgres (service_memory_limit_overwrite_max_allowed is not set)',
    ]);
  });

  it("of the build container are not a service's to set", () => {
    const { limits: found, lines } = wish({}, { services: { evil: { KUBERNETES_CPU_LIMIT: '8' } } });
    expect(found).toEqual({ build: {}, helper: {}, evil: {} });
    expect(lines).toEqual([]);
  });

  it('of the helper are nobody’s where there is no helper', () => {
    const top = 'helper = false\nhelper_memory_limit = "1Gi"';
    expect(limits({}, { top })).toEqual({ build: {} });
  });
});
