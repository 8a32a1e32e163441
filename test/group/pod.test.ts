import { describe, expect, it } from 'vitest';
import { readConfigFiles } from '../../src/group/config-files.ts';
import { refuseDockerInDocker } from '../../src/group/docker-in-docker.ts';
import { expandedSettings } from '../../src/settings/expanded.ts';
import { ROOM_FOR_TAGS } from '../../src/settings/sections/pod-checks.ts';
import { startCloud } from '../emulator/cloud-under-test.ts';
import { servicesOf } from '../services/services-of.ts';
import { facts } from '../support/group-facts.ts';
import { imageWith, job } from '../support/job.ts';
import { ALL_OF_THE_POD, REST_OF_THE_POD } from '../support/pod-settings.ts';
import { settingsOf } from '../support/settings.ts';
import { named, requestOf } from './pod-request.ts';

/** Mounts and volumes behind those of the driver. */
const behind = <T extends { Name?: unknown }>(all: readonly T[], last: string): readonly T[] =>
  all.slice(all.findIndex(({ Name }) => Name === last) + 1);

describe('the create call of settings that say something of everything', async () => {
  const request = await requestOf(REST_OF_THE_POD, ALL_OF_THE_POD);
  const [build, helper] = [named(request.Container, 'build'), named(request.Container, 'helper')];

  it('has the volumes as ECI writes them', () => {
    expect(behind(request.Volume, 'cache')).toEqual([
      { Name: 'shared', Type: 'NFSVolume', NFSVolume: { Server: 'nas.example.com', Path: '/share' } },
      {
        Name: 'data',
        Type: 'FlexVolume',
        FlexVolume: {
          Driver: 'alicloud/oss',
          Options:
            '{"bucket":"ci-data","url":"oss-cn-beijing-internal.aliyuncs.com","path":"/sets","ramRole":"ci-data-reader","otherOpts":"-o max_stat_cache_size=0"}',
        },
      },
      {
        Name: 'scratch',
        Type: 'FlexVolume',
        FlexVolume: {
          Driver: 'alicloud/disk',
          FsType: 'ext4',
          Options: '{"volumeSize":"100","performanceLevel":"PL1","deleteWithInstance":"true"}',
        },
      },
      { Name: 'shm', Type: 'EmptyDirVolume', EmptyDirVolume: { Medium: 'Memory', SizeLimit: '2Gi' } },
      {
        Name: 'maven',
        Type: 'ConfigFileVolume',
        ConfigFileVolume: { ConfigFileToPath: [{ Path: 'settings.xml', Content: 'PHNldHRpbmdzLz4=' }] },
      },
    ]);
  });

  it('mounts them in the classes of containers that each is for', () => {
    const shared = { Name: 'shared', MountPath: '/root/.cache', SubPath: 'projects/77' };
    const shm = { Name: 'shm', MountPath: '/dev/shm' };
    expect(behind(build.VolumeMount, 'cache')).toEqual([
      shared,
      { Name: 'data', MountPath: '/data', ReadOnly: true },
      { Name: 'scratch', MountPath: '/scratch' },
      shm,
      { Name: 'maven', MountPath: '/etc/maven', ReadOnly: true },
    ]);
    expect(behind(helper.VolumeMount, 'cache')).toEqual([shared, shm]);
  });

  it('has DNS, names, addresses, role, resource group and kernel parameters', () => {
    expect(request).toMatchObject({
      RamRoleName: 'ci-job',
      ResourceGroupId: 'rg-1',
      HostName: 'ci',
      ImageAccelerateMode: 'p2p',
      NtpServer: ['ntp.example.com'],
      DnsPolicy: 'None',
      DnsConfig: { NameServer: ['10.0.0.2'], Search: ['example.com'], Option: [{ Name: 'ndots', Value: '2' }] },
      HostAliase: [{ Ip: '10.0.0.5', Hostname: ['git.example.com'] }],
      AutoCreateEip: true,
      EipBandwidth: 10,
      EipISP: 'BGP',
      EipCommonBandwidthPackage: 'cbwp-1',
      Ipv6AddressCount: 1,
      Ipv6GatewayBandwidthEnable: true,
      Ipv6GatewayBandwidth: '100',
      SecurityContext: { Sysctl: [{ Name: 'net.ipv4.ping_group_range', Value: '0 2147483647' }] },
      HostSecurityContext: { Sysctl: [{ Name: 'net.core.somaxconn', Value: '1024' }] },
    });
  });

  it('has users and privileges by class: of the class first, then of all', () => {
    expect(build).toMatchObject({
      SecurityContext: { RunAsUser: 1000, ReadOnlyRootFilesystem: true, Capability: { Add: ['NET_ADMIN'] } },
      SecurityContextRunAsGroup: 100,
      SecurityContextRunAsNonRoot: true,
    });
    expect(helper).toMatchObject({ SecurityContextRunAsGroup: 100 });
    expect(helper).not.toHaveProperty('SecurityContext');
  });

  it("runs the operator's init containers behind the driver's, with builds, cache and volumes", () => {
    expect(request.InitContainer.map(({ Name }) => Name)).toEqual(['agent', 'warm-up']);
    expect(request.InitContainer[1]).toEqual({
      Name: 'warm-up',
      Image: 'alpine:3.20',
      ImagePullPolicy: 'IfNotPresent',
      Command: ['sh', '-c'],
      Arg: ['mkdir -p /root/.cache/cargo'],
      EnvironmentVar: [{ Key: 'LEVEL', Value: '1' }],
      VolumeMount: [
        { Name: 'builds', MountPath: '/builds' },
        { Name: 'cache', MountPath: '/cache' },
        { Name: 'shared', MountPath: '/root/.cache', SubPath: 'projects/77' },
        { Name: 'shm', MountPath: '/dev/shm' },
      ],
    });
  });

  it('is one that the emulator takes', async () => {
    const { create } = await startCloud();
    const network = { SecurityGroupId: 'sg-emulator', VSwitchId: 'vsw-h' };
    await expect(create({ ...request, ...network })).resolves.toMatch(/^eci-/);
  });
});

describe('the create call', () => {
  it('has room for as many tags of the operator as the settings allow', async () => {
    const tags = Array.from({ length: ROOM_FOR_TAGS }, (_, n) => `t${n} = "x"`).join('\n');
    expect((await requestOf('', `[tags]\n${tags}`)).Tag).toHaveLength(20);
  });

  it("fills the job's variables into tags, as far as ECI takes what comes out", () => {
    const { settings } = facts('', '[tags]\nproject = "$CI_PROJECT_PATH"\nurl = "$CI_PROJECT_URL"\nbig = "${BIG}"');
    const env = {
      CUSTOM_ENV_CI_PROJECT_PATH: 'another/project',
      CUSTOM_ENV_CI_PROJECT_URL: 'https://git.example.com/acme/shop',
      CUSTOM_ENV_BIG: 'acs:'.repeat(2) + 'x'.repeat(200),
    };
    const { tags } = expandedSettings(settings, job(), env);
    expect(tags).toEqual({ project: 'acme/shop', url: 'https:/git.example.com/acme/shop', big: 'x'.repeat(128) });
  });

  it('fills no variable into tags or mount paths that is not public, or that is made of such', () => {
    const { settings } = facts(
      '',
      '[tags]\nteam = "<$SECRET$MADE$FETCHED$OPEN>"\n[[volumes.empty_dir]]\nname = "x"\nmount_path = "/x/$SECRET"',
    );
    const variables = [
      { key: 'SECRET', value: 'hunter22', public: false },
      { key: 'MADE', value: '$SECRET', public: true },
      { key: 'OPEN', value: 'open', public: true },
    ];
    const given = job({ variables, secrets: { FETCHED: { file: false } } });
    const env = {
      CUSTOM_ENV_SECRET: 'hunter22',
      CUSTOM_ENV_MADE: 'hunter22',
      CUSTOM_ENV_FETCHED: 'hunter22',
      CUSTOM_ENV_OPEN: 'open',
    };
    expect(() => expandedSettings(settings, given, env)).toThrow(
      'SECRET, which the job does not have, or not as a public one',
    );
    const withoutVolume = { ...settings, volumes: { ...settings.volumes, empty_dir: [] } };
    expect(expandedSettings(withoutVolume, given, env).tags).toEqual({ team: '<open>' });
  });

  it('says what an address is like only where it is made, and needs none to reach one that is named', async () => {
    const named = await requestOf('connect = "internet"', '[eip]\nid = "eip-1"');
    expect(named).toMatchObject({ EipInstanceId: 'eip-1' });
    expect(named).not.toHaveProperty('AutoCreateEip');
    expect(await requestOf('connect = "internet"', '[eip]\nbandwidth = 5')).toMatchObject({
      AutoCreateEip: true,
      EipBandwidth: 5,
    });
  });

  it('sends further parameters as they stand', async () => {
    const request = await requestOf(
      '',
      '[parameters]\nDataCacheBucket = "default"\n[parameters.OverheadReservationOption]\nEnableOverheadReservation = true',
    );
    expect(request).toMatchObject({
      DataCacheBucket: 'default',
      OverheadReservationOption: { EnableOverheadReservation: true },
    });
  });
});

describe('the build container runs as', () => {
  it.each([
    ['the class', '[build_container_security_context]\nrun_as_user = 5\n[pod_security_context]\nrun_as_user = 6', 5],
    ['all containers', '[pod_security_context]\nrun_as_user = 6', 6],
  ])('what the operator says of %s, whatever the job names', async (_whom, tables, user) => {
    const { Container } = await requestOf('', tables, imageWith({ kubernetes: { user: '1000:1000' } }));
    expect(named(Container, 'build')).toMatchObject({ SecurityContext: { RunAsUser: user } });
    expect(named(Container, 'build')).not.toHaveProperty('SecurityContextRunAsGroup');
  });

  it('the user of the job, with the group of the operator where the job names none', async () => {
    const { Container } = await requestOf(
      '',
      '[pod_security_context]\nrun_as_group = 100',
      imageWith({ kubernetes: { user: '1000' } }),
    );
    expect(named(Container, 'build')).toMatchObject({
      SecurityContext: { RunAsUser: 1000 },
      SecurityContextRunAsGroup: 100,
    });
    expect(named(Container, 'helper')).not.toHaveProperty('SecurityContext');
  });
});

describe('a service', () => {
  const refuse = (name: string) => () => refuseDockerInDocker(servicesOf({ services: [{ name }] }).services);

  it.each([
    'docker:dind',
    'docker:27-dind',
    'docker:27.3.1-dind-rootless',
    'registry.example.com:5000/library/docker:dind',
    'docker:dind@sha256:0123',
  ])('%s is refused, with what to use in its place', (image) => {
    expect(refuse(image)).toThrow(
      expect.objectContaining({ fault: 'user', hint: expect.stringMatching(/kaniko or buildah/) as string }),
    );
  });

  it.each(['docker:cli', 'redis:7', 'acme/docker-dind-less:1', 'notdocker:dind'])('%s is not', (image) => {
    expect(refuse(image)).not.toThrow();
  });
});

describe('a config file', () => {
  const volume = (content: string) =>
    `[[volumes.config_file]]\nname = "c"\nmount_path = "/c"\n[volumes.config_file.files]\n${content}`;
  const read = (content: string) => readConfigFiles(settingsOf('', volume(content)));

  it('has the content of a file on the manager host, byte for byte', async () => {
    const texts = await read(`"a" = { file = "${import.meta.filename}" }`);
    expect(texts.get('c/a')?.toString('utf8')).toContain('byte for byte');
  });

  it.each([
    ['a file', `"a" = "${'x'.repeat(32_769)}"`, /the file a has 32769 bytes, and 32768 are allowed/],
    [
      'a volume',
      ['a', 'b', 'c'].map((name) => `"${name}" = "${'x'.repeat(21_000)}"`).join('\n'),
      /its files have 63000 bytes, and 61440 are/,
    ],
  ])('is refused where %s is larger than ECI takes', async (_what, content, sentence) => {
    await expect(read(content)).rejects.toThrow(sentence);
  });
});
