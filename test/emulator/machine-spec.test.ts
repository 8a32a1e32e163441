import { describe, expect, it } from 'vitest';
import { NO_QUIRKS } from '../../src/emulator/machine.ts';
import { startCloud, type Wire } from './cloud-under-test.ts';
import { FakeMachines } from './fake-machines.ts';

const STORAGE = `
[[file_system]]
server = "nas.example.com"
folder = "/srv/nas"
[[bucket]]
name = "ci-cache"
folder = "/srv/bucket"
[[disk]]
id = "d-1"
zone = "cn-beijing-h"
folder = "/srv/disk"
`;

/** What a machine is told of a group. */
async function specOf(parameters: Wire, { isRelayed = false, tables = '' } = {}) {
  const fakes = new FakeMachines({ isRelayed });
  const { create, describe: look, reaches } = await startCloud({ machines: fakes, tables });
  const id = await create(parameters);
  await reaches(id, 'Running');
  return { id, spec: fakes.of(id).spec, address: (await look(id))?.IntranetIp };
}

describe('a machine is told', () => {
  it('everything that a create call says of a container', async () => {
    const { spec } = await specOf({
      Container: [
        {
          Name: 'build',
          Image: 'app:1',
          Command: ['/bin/sh', '-c'],
          Arg: ['true'],
          WorkingDir: '/work',
          EnvironmentVar: [{ Key: 'A', Value: 'b' }],
          Port: [
            { Port: 22023, Protocol: 'TCP' },
            { Port: 53, Protocol: 'UDP' },
          ],
          SecurityContext: { RunAsUser: 1000, ReadOnlyRootFilesystem: true, Capability: { Add: ['NET_ADMIN'] } },
          SecurityContextRunAsGroup: 1001,
          SecurityContextRunAsNonRoot: true,
          VolumeMount: [{ Name: 'v', MountPath: '/v', SubPath: 'a/b', ReadOnly: true }],
        },
      ],
      Volume: [{ Name: 'v', Type: 'EmptyDirVolume' }],
    });
    expect(spec.containers).toEqual([
      {
        name: 'build',
        image: 'app:1',
        sidecar: false,
        command: ['/bin/sh', '-c'],
        args: ['true'],
        workingDir: '/work',
        env: [{ key: 'A', value: 'b' }],
        ports: [22023],
        runAsUser: 1000,
        runAsGroup: 1001,
        readOnlyRoot: true,
        nonRoot: true,
        capabilities: ['NET_ADMIN'],
        quirks: NO_QUIRKS,
        mounts: [{ volume: 'v', path: '/v', subPath: 'a/b', readOnly: true }],
      },
    ]);
  });

  it('the names of the group, its own one if the call has none', async () => {
    const HostAliase = [{ Ip: '127.0.0.1', Hostname: ['db', 'postgres'] }];
    const named = await specOf({ HostName: 'web', HostAliase });
    expect(named.spec).toMatchObject({
      hostName: 'web',
      hostAliases: [{ address: '127.0.0.1', names: ['db', 'postgres'] }],
    });
    const { id, spec } = await specOf({});
    expect(spec.hostName).toBe(id);
  });

  it('that a container is a sidecar, by the variable that declares it', async () => {
    const EnvironmentVar = [{ Key: 'ECI_CONTAINER_TYPE', Value: 'sidecar' }];
    const { spec } = await specOf({
      Container: [
        { Name: 'build', Image: 'i' },
        { Name: 'db', Image: 'i', EnvironmentVar },
      ],
    });
    expect(spec.containers.map(({ sidecar }) => sidecar)).toEqual([false, true]);
  });

  it('how names are looked up, if the call says it', async () => {
    const DnsConfig = {
      NameServer: ['10.0.0.2', '10.0.0.3'],
      Search: ['a.internal'],
      Option: [{ Name: 'ndots', Value: '2' }, { Name: 'rotate' }],
    };
    const { spec } = await specOf({ DnsPolicy: 'None', DnsConfig });
    expect(spec.resolver).toEqual({
      nameServers: ['10.0.0.2', '10.0.0.3'],
      searches: ['a.internal'],
      options: ['ndots:2', 'rotate'],
    });
    expect((await specOf({ DnsPolicy: 'Default', DnsConfig })).spec.resolver).toBeUndefined();
  });

  it.each([
    [{ Medium: 'Memory', SizeLimit: '256Mi' }, 256 * 2 ** 20],
    [{ Medium: 'memory', SizeLimit: '1.5Gi' }, 1.5 * 2 ** 30],
    [{ Medium: 'Memory', SizeLimit: '64M' }, 64_000_000],
    [{ Medium: 'Memory', SizeLimit: '4096' }, 4096],
    [{ Medium: 'Memory' }, undefined],
    [{ Medium: 'Memory', SizeLimit: '0' }, undefined],
  ])('a folder that is in memory, and its size: %j', async (EmptyDirVolume, size) => {
    const { spec } = await specOf({ Volume: [{ Name: 'shm', Type: 'EmptyDirVolume', EmptyDirVolume }] });
    expect(spec.volumes).toEqual([{ name: 'shm', kind: 'memory', files: [], ...(size === undefined ? {} : { size }) }]);
  });

  it('a folder on disk, whatever its size', async () => {
    const EmptyDirVolume = { SizeLimit: '1Gi' };
    const { spec } = await specOf({ Volume: [{ Name: 'tmp', Type: 'EmptyDirVolume', EmptyDirVolume }] });
    expect(spec.volumes).toEqual([{ name: 'tmp', kind: 'empty-dir', files: [] }]);
  });

  const POD_IP = {
    Container: [{ Name: 'c', Image: 'i', EnvironmentVar: [{ Key: 'IP', FieldRef: { FieldPath: 'status.podIP' } }] }],
  };

  it("the group's address, which status.podIP is too", async () => {
    const { spec, address } = await specOf(POD_IP);
    expect([spec.address, spec.podAddress, spec.containers[0]?.env[0]?.value]).toEqual([address, address, address]);
  });

  it('another address for status.podIP where there is a relay before the programs', async () => {
    const { spec, address } = await specOf(POD_IP, { isRelayed: true });
    expect(spec.address).toBe(address);
    expect(spec.podAddress).not.toBe(address);
    expect(spec.containers[0]?.env[0]?.value).toBe(spec.podAddress);
  });

  const NFS = { Name: 'nas', Type: 'NFSVolume', NFSVolume: { Server: 'nas.example.com', Path: '/team/cache' } };
  const flex = (options: object, Driver = 'alicloud/nas') => ({
    Name: 'nas',
    Type: 'FlexVolume',
    FlexVolume: { Driver, Options: JSON.stringify(options) },
  });
  const oss = (options: object) => flex({ url: 'oss-cn-beijing-internal.aliyuncs.com', ...options }, 'alicloud/oss');

  it.each([
    ['an NFS volume', NFS, '/srv/nas/team/cache'],
    ['a FlexVolume of NAS', flex({ server: 'nas.example.com', path: '/x' }), '/srv/nas/x'],
    ['a FlexVolume of NAS without a path', flex({ server: 'nas.example.com' }), '/srv/nas/'],
    [
      'an NFS volume that tries to leave',
      { ...NFS, NFSVolume: { Server: 'nas.example.com', Path: '/../../etc' } },
      '/srv/nas/etc',
    ],
    ['a bucket', oss({ bucket: 'ci-cache' }), '/srv/bucket/'],
    ['a folder of a bucket', oss({ bucket: 'ci-cache', path: '/team' }), '/srv/bucket/team'],
    ['a DiskVolume', { Name: 'nas', Type: 'DiskVolume', DiskVolume: { DiskId: 'd-1' } }, '/srv/disk'],
    ['a FlexVolume of a disk', flex({ volumeId: 'd-1' }, 'alicloud/disk'), '/srv/disk'],
  ])('the folder that stands for what is behind %s', async (_, volume, folder) => {
    const { spec } = await specOf({ Volume: [volume] }, { tables: STORAGE });
    expect(spec.volumes).toMatchObject([{ name: 'nas', kind: 'file-system', folder }]);
  });

  it.each([
    ['the file server', NFS],
    ['the bucket', oss({ bucket: 'ci-cache' })],
    ['the disk', flex({ volumeId: 'd-1' }, 'alicloud/disk')],
    ['it, as a new disk,', flex({ volumeSize: 20 }, 'alicloud/disk')],
  ])('of an empty folder where the scenario does not know %s', async (_, volume) => {
    const { spec } = await specOf({ Volume: [volume] });
    expect(spec.volumes).toEqual([{ name: 'nas', kind: 'empty-dir', files: [] }]);
  });

  it('that a volume which is read-only is mounted so everywhere', async () => {
    const VolumeMount = [{ Name: 'nas', MountPath: '/nas' }];
    const readOnly = { ...NFS, NFSVolume: { ...NFS.NFSVolume, ReadOnly: true } };
    for (const volume of [NFS, readOnly]) {
      const { spec } = await specOf({ Container: [{ Name: 'c', Image: 'i', VolumeMount }], Volume: [volume] });
      expect(spec.containers[0]?.mounts[0]?.readOnly).toBe(volume === readOnly);
    }
  });
});
