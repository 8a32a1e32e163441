import { describe, expect, it } from 'vitest';
import type { ContainerLimits } from '../../src/group/container-limits.ts';
import { serviceContainers, serviceHosts } from '../../src/group/service-containers.ts';
import { defaultPullPolicy } from '../../src/registries/pull-policies.ts';
import { servicesOf, variable } from '../services/services-of.ts';
import { settingsOf } from '../support/settings.ts';

const SIDECAR = [
  { Key: 'ECI_CONTAINER_TYPE', Value: 'sidecar' },
  { Key: 'ECI_CONTAINER_IGNORE_EXIT_CODE', Value: 'true' },
];

const FOLDERS = [
  { Name: 'builds', MountPath: '/b' },
  { Name: 'cache', MountPath: '/c' },
];

const byImage = (_: string, image: string) => defaultPullPolicy(image);

const containersOf = (services: readonly object[], tables = '') =>
  serviceContainers(servicesOf({ services }).services, settingsOf('', tables), FOLDERS, {}, byImage);

describe('the services of a create call', () => {
  it('are sidecars, and are these, whole', () => {
    const services = [
      {
        name: 'postgres:16',
        alias: 'db',
        command: ['-c', 'fsync=off'],
        variables: [variable('POSTGRES_PASSWORD', 'x')],
        executor_opts: { kubernetes: { user: '999:998' } },
      },
      { name: 'example/api', entrypoint: ['/api'], ports: [{ number: 8080 }] },
    ];
    expect(containersOf(services, '[image_mirrors]\n"docker.io/" = "mirror.example.com/"')).toEqual([
      {
        Name: 'db',
        Image: 'mirror.example.com/library/postgres:16',
        ImagePullPolicy: 'IfNotPresent',
        Arg: ['-c', 'fsync=off'],
        SecurityContext: { RunAsUser: 999 },
        SecurityContextRunAsGroup: 998,
        EnvironmentVar: [{ Key: 'POSTGRES_PASSWORD', Value: 'x' }, ...SIDECAR],
        EnvironmentVarHide: true,
        Stdin: true,
        VolumeMount: [{ Name: 'builds', MountPath: '/b' }],
      },
      {
        Name: 'svc-0',
        Image: 'mirror.example.com/example/api',
        ImagePullPolicy: 'Always',
        Command: ['/api'],
        EnvironmentVar: SIDECAR,
        EnvironmentVarHide: true,
        Stdin: true,
        Port: [{ Port: 8080, Protocol: 'TCP' }],
        VolumeMount: [{ Name: 'builds', MountPath: '/b' }],
      },
    ]);
  });

  it('have the limits that they ask for, and no others', () => {
    const { services } = servicesOf({ services: [{ name: 'redis' }] });
    const containers = (limits: ContainerLimits) =>
      serviceContainers(services, settingsOf(), FOLDERS, { 'svc-0': limits }, byImage);
    expect(containers({ cpu: 0.5, memory: 1 })).toMatchObject([{ Cpu: 0.5, Memory: 1 }]);
    const [plain] = containers({});
    expect(plain).not.toHaveProperty('Cpu');
    expect(plain).not.toHaveProperty('Memory');
  });
});

describe('where services are found', () => {
  it("is in front of the operator's hosts, fifty names an entry", () => {
    const aliases = Array.from({ length: 51 }, (_, index) => `a${index}`);
    const { services } = servicesOf({
      services: [
        { name: 'redis', alias: aliases.join(' ') },
        { name: 'redis', alias: 'a0' },
      ],
    });
    const others = [{ Ip: '10.0.0.1', Hostname: ['redis'] }];
    expect(serviceHosts(services, others)).toEqual({
      HostAliase: [
        { Ip: '127.0.0.1', Hostname: ['redis', ...aliases.slice(0, 49)] },
        { Ip: '127.0.0.1', Hostname: aliases.slice(49) },
        ...others,
      ],
    });
  });

  it("is nowhere for services with ports, and the operator's hosts stay as they are", () => {
    const { services } = servicesOf({ services: [{ name: 'redis', ports: [{ number: 6379 }] }] });
    expect(serviceHosts(services, [{ Ip: '10.0.0.1', Hostname: ['x'] }])).toEqual({});
  });
});
