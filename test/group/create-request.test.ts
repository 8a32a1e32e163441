import { describe, expect, it } from 'vitest';
import { buildContainer } from '../../src/group/build-container.ts';
import { createRequest } from '../../src/group/create-request.ts';
import { groupName } from '../../src/group/names.ts';
import { RESERVED_PARAMETERS } from '../../src/settings/reserved-parameters.ts';
import { servicesOf } from '../services/services-of.ts';
import { ATTEMPT, facts } from '../support/group-facts.ts';
import { imageWith, job } from '../support/job.ts';
import { ALL_OF_THE_POD, REST_OF_THE_POD } from '../support/pod-settings.ts';

/** The build container of a create call. */
function buildOf(change: Record<string, unknown>, { top = '', honors = false } = {}): Record<string, unknown> {
  const given = facts(top);
  const request = createRequest({
    ...given,
    job: job(change),
    build: buildContainer(job(change), given.settings, honors),
  }) as { Container: Record<string, unknown>[] };
  return request.Container.find(({ Name }) => Name === 'build') ?? expect.unreachable();
}

describe('the build container', () => {
  it.each([
    ['1000', { SecurityContext: { RunAsUser: 1000 } }],
    ['1000:100', { SecurityContext: { RunAsUser: 1000 }, SecurityContextRunAsGroup: 100 }],
  ])('runs as the user %s that the job names', (user, expected) => {
    expect(buildOf(imageWith({ kubernetes: { user } }))).toMatchObject(expected);
    expect(buildOf(imageWith({ docker: { user } }))).toMatchObject(expected);
  });

  it('runs as the image says when the job names no user', () => {
    expect(buildOf({})).not.toHaveProperty('SecurityContext');
    expect(buildOf({})).not.toHaveProperty('SecurityContextRunAsGroup');
  });

  it.each([
    ['app', '', /the user "app", which is no number/],
    ['1000:staff', '', /the group "staff", which is no number/],
    ['0', '', /the user 0, which this runner does not allow/],
    ['00', '', /the user 0, which this runner does not allow/],
    ['1000', 'allowed_users = ["1001"]', /the user 1000, which this runner does not allow/],
    ['1:0', '', /the group 0, which this runner does not allow/],
    ['99999999999', '', /which is no number/],
    ['-1', '', /which is no number/],
    ['1000:1000:0', '', /the group "1000:0", which is no number/],
  ])('does not run as %s with the settings "%s"', (user, top, sentence) => {
    expect(() => buildOf(imageWith({ kubernetes: { user } }), { top })).toThrow(sentence);
  });

  it('runs as root for a job that names it where the operator has listed it', () => {
    const top = 'allowed_users = ["0"]\nallowed_groups = ["0"]';
    expect(buildOf(imageWith({ kubernetes: { user: '0:0' } }), { top })).toMatchObject({
      SecurityContext: { RunAsUser: 0 },
      SecurityContextRunAsGroup: 0,
    });
  });

  it("ignores the image's entrypoint, and the job's, unless they are to be honored", () => {
    const given = buildOf(imageWith({}, { entrypoint: ['/start.sh'] }));
    expect(given.Command).toEqual(expect.arrayContaining(['/eci-executor/agent/eci-agent']));
    expect(given).not.toHaveProperty('Arg');
  });

  it('is our agent as the arguments of an entrypoint that is honored, of which ECI takes ten', () => {
    const image = buildOf({}, { honors: true });
    expect(image).not.toHaveProperty('Command');
    expect((image.Arg as string[]).length).toBeLessThanOrEqual(10);
    expect(image.Arg).toEqual(buildOf({}).Command);
    const job = buildOf(imageWith({}, { entrypoint: ['/start.sh', '-v'] }), { honors: true });
    expect(job).toMatchObject({ Command: ['/start.sh', '-v'], Arg: image.Arg });
    expect(buildOf(imageWith({}, { entrypoint: [''] }), { honors: true })).not.toHaveProperty('Arg');
  });
});

describe('the create call', () => {
  it('asks for ARM64 where the settings or the job do', () => {
    const size = 'instance_types = ["2-4Gi"]';
    expect(createRequest(facts())).not.toHaveProperty('CpuArchitecture');
    expect(createRequest(facts(`cpu_architecture = "ARM64"\n${size}`))).toMatchObject({ CpuArchitecture: 'ARM64' });
    const arm = job(imageWith({ docker: { platform: 'linux/arm64' } }));
    expect(createRequest({ ...facts(size), job: arm })).toMatchObject({ CpuArchitecture: 'ARM64' });
  });

  it('asks for ARM64 with Arm types, without anybody saying it twice', () => {
    expect(createRequest(facts('instance_types = ["ecs.g8y.large"]'))).toMatchObject({ CpuArchitecture: 'ARM64' });
  });

  it.each([
    ['["ecs.gn6i-c8g1.2xlarge"]', '', 1],
    ['["ecs.gn7i-c32g2.16xlarge"]', '', 2],
    ['["ecs.vgn6i-m4-vws.xlarge"]', '', 1],
    ['["ecs.gn7i-c32g2.16xlarge"]', 'gpu_limit = 1', 1],
    ['["ecs.gn6i-c8g1.2xlarge"]', 'gpu_limit = 0', undefined],
    ['["ecs.g6.large"]', '', undefined],
    ['["8-16Gi"]', '', undefined],
  ])('with %s and "%s" gives the build container %s GPUs, and no other', (types, top, gpus) => {
    const { Container } = createRequest(facts(`instance_types = ${types}\n${top}`)) as {
      Container: { Gpu?: number }[];
    };
    expect(Container.map(({ Gpu }) => Gpu)).toEqual([undefined, gpus]);
  });

  it('without a helper has one container, one key share and no volumes for a second one', () => {
    const request = JSON.stringify(createRequest(facts('helper = false')));
    expect(request).not.toContain('helper');
    expect(JSON.parse(request)).toMatchObject({ Container: [{ Name: 'build' }] });
  });

  it('is this, whole', () => {
    const agent = (name: string, port: number, lifetime = '4100') => ({
      Name: name,
      Command: [
        '/eci-executor/agent/eci-agent',
        'serve',
        `--container=${name}`,
        `--port=${port}`,
        '--keys=/eci-executor/keys',
        '--run=/eci-executor/run',
        `--max-lifetime=${lifetime}`,
        '--abandon-after=900',
      ],
      EnvironmentVar: [{ Key: 'ECI_AGENT_LISTEN', FieldRef: { FieldPath: 'status.podIP' } }],
      Port: [{ Port: port, Protocol: 'TCP' }],
      VolumeMount: [
        { Name: 'eci-agent', MountPath: '/eci-executor/agent', ReadOnly: true },
        { Name: `eci-keys-${name}`, MountPath: '/eci-executor/keys', ReadOnly: true },
        { Name: `eci-run-${name}`, MountPath: '/eci-executor/run' },
        { Name: 'builds', MountPath: `/b/${ATTEMPT}` },
        { Name: 'cache', MountPath: '/cache' },
      ],
    });
    const file = (Path: string, text: string) => ({ Path, Content: Buffer.from(text).toString('base64') });
    expect(
      createRequest(
        facts(
          'builds_dir = "/b/{attempt}"',
          '[spot]\nstrategy = "SpotWithPriceLimit"\nprice_limit = 0.6\n[tags]\nteam = "infra"\n[parameters]\nCorePattern = "/tmp/core"',
        ),
      ),
    ).toEqual({
      CorePattern: '/tmp/core',
      ContainerGroupName: `ci-p77-j90211-${ATTEMPT}`,
      SecurityGroupId: 'sg-1',
      VSwitchId: 'vsw-h',
      ScheduleStrategy: 'VSwitchOrdered',
      InstanceType: 'ecs.c6.2xlarge',
      SpotStrategy: 'SpotWithPriceLimit',
      SpotDuration: 1,
      SpotPriceLimit: 0.6,
      RestartPolicy: 'Never',
      ActiveDeadlineSeconds: 4100,
      MaxPendingMinute: 11,
      TerminationGracePeriodSeconds: 30,
      AutoMatchImageCache: true,
      Tag: [
        { Key: 'team', Value: 'infra' },
        { Key: 'managed-by', Value: 'gitlab-eci-executor' },
        { Key: 'gitlab-eci-manager', Value: 'ci' },
        { Key: 'gitlab-eci-host', Value: '00aa' },
        { Key: 'gitlab-eci-instance', Value: 'b00710ad.42.43.7.99' },
        { Key: 'gitlab-eci-gitlab', Value: 'gitlab.example.com:8443' },
        { Key: 'gitlab-eci-project', Value: '77' },
        { Key: 'gitlab-eci-pipeline', Value: '4412' },
        { Key: 'gitlab-eci-job', Value: '90211' },
        { Key: 'gitlab-eci-attempt', Value: ATTEMPT },
        { Key: 'gitlab-eci-try', Value: '2' },
        { Key: 'gitlab-eci-deadline', Value: '2026-01-02T04:24:25Z' },
        { Key: 'gitlab-eci-seconds', Value: '4820' },
      ],
      InitContainer: [
        {
          Name: 'agent',
          Image: 'registry.example.com/eci-agent:1',
          ImagePullPolicy: 'IfNotPresent',
          Command: [
            '/eci-agent',
            'install',
            '--dest',
            '/eci-executor/agent',
            '--keys',
            '/eci-executor/keys-source/helper:/eci-executor/keys-helper',
            '--keys',
            '/eci-executor/keys-source/build:/eci-executor/keys-build',
          ],
          VolumeMount: [
            { Name: 'eci-agent', MountPath: '/eci-executor/agent' },
            { Name: 'eci-keys', MountPath: '/eci-executor/keys-source', ReadOnly: true },
            { Name: 'eci-keys-helper', MountPath: '/eci-executor/keys-helper' },
            { Name: 'eci-keys-build', MountPath: '/eci-executor/keys-build' },
          ],
        },
      ],
      Container: [
        {
          ...agent('helper', 22022),
          Image: 'registry.gitlab.com/gitlab-org/gitlab-runner/gitlab-runner-helper:x86_64-v19.4.0',
          ImagePullPolicy: 'IfNotPresent',
        },
        { ...agent('build', 22023), Image: 'node:22', ImagePullPolicy: 'IfNotPresent' },
      ],
      Volume: [
        { Name: 'eci-agent', Type: 'EmptyDirVolume' },
        {
          Name: 'eci-keys',
          Type: 'ConfigFileVolume',
          ConfigFileVolume: {
            ConfigFileToPath: [
              file('helper/host_key', 'HELPER KEY'),
              file('helper/authorized_keys', 'ssh-ed25519 AAAA\n'),
              file('build/host_key', 'BUILD KEY'),
              file('build/authorized_keys', 'ssh-ed25519 AAAA\n'),
            ],
          },
        },
        { Name: 'eci-keys-helper', Type: 'EmptyDirVolume' },
        { Name: 'eci-run-helper', Type: 'EmptyDirVolume' },
        { Name: 'eci-keys-build', Type: 'EmptyDirVolume' },
        { Name: 'eci-run-build', Type: 'EmptyDirVolume' },
        { Name: 'builds', Type: 'EmptyDirVolume' },
        { Name: 'cache', Type: 'EmptyDirVolume' },
      ],
    });
  });

  it('asks for a size by vCPU and memory, and for on-demand without a spot parameter', () => {
    const request = createRequest(facts('instance_types = ["8-16Gi"]', '[spot]\non_demand_fallback = true', 1));
    expect(request).toMatchObject({ Cpu: 8, Memory: 16, SpotStrategy: 'NoSpot' });
    expect(request).not.toHaveProperty('InstanceType');
    expect(request).not.toHaveProperty('SpotDuration');
  });

  it('has services behind the containers of the job, where they are found', () => {
    const { services } = servicesOf({ services: [{ name: 'postgres:16', alias: 'db' }] });
    expect(createRequest({ ...facts(), services })).toMatchObject({
      Container: [{ Name: 'helper' }, { Name: 'build' }, { Name: 'db' }],
      HostAliase: [{ Ip: '127.0.0.1', Hostname: ['postgres', 'db'] }],
    });
    expect(createRequest(facts())).not.toHaveProperty('HostAliase');
  });

  it('asks for a public address where the manager is outside', () => {
    expect(createRequest(facts('connect = "internet"'))).toMatchObject({ AutoCreateEip: true });
  });

  it('sets nothing that the operator could set too', () => {
    const all = {
      ...createRequest(
        facts(
          'image_cache_id = "imc-1"\nconnect = "internet"\ncpu_architecture = "ARM64"\ninstance_types = ["ecs.g8y.large"]\n' +
            REST_OF_THE_POD,
          ALL_OF_THE_POD,
        ),
      ),
      ...createRequest(facts('instance_types = ["8-16Gi"]')),
    };
    expect(Object.keys(all).filter((name) => !RESERVED_PARAMETERS.has(name))).toEqual([]);
  });

  it('holds no word longer than ECI takes, and no client key', () => {
    const request = JSON.stringify(createRequest(facts()));
    const words = (createRequest(facts()).Container as { Command: string[] }[]).flatMap((each) => each.Command);
    expect(Math.max(...words.map((word) => word.length))).toBeLessThanOrEqual(256);
    expect(request).not.toContain('glcbt');
  });

  it('names groups within 63 characters for the largest ids', () => {
    const name = groupName(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, ATTEMPT);
    expect(name).toMatch(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/);
  });
});
