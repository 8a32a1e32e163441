import { describe, expect, it } from 'vitest';
import { NO_QUIRKS } from '../../src/emulator/machine.ts';
import { startCloud, type Wire } from './cloud-under-test.ts';
import { FakeMachines } from './fake-machines.ts';

const NAS = '[[file_system]]\nserver = "nas.example.com"\nfolder = "/srv/nas"\n';

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
          SecurityContext: { RunAsUser: 1000, ReadOnlyRootFilesystem: true },
          SecurityContextRunAsGroup: 1001,
          VolumeMount: [{ Name: 'v', MountPath: '/v', ReadOnly: true }],
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
        quirks: NO_QUIRKS,
        mounts: [{ volume: 'v', path: '/v', readOnly: true }],
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
  const flex = (options: object) => ({
    Name: 'nas',
    Type: 'FlexVolume',
    FlexVolume: { Driver: 'alicloud/nas', Options: JSON.stringify(options) },
  });

  it.each([
    ['an NFS volume', NFS, '/srv/nas/team/cache'],
    ['a FlexVolume of NAS', flex({ server: 'nas.example.com', path: '/x' }), '/srv/nas/x'],
    ['a FlexVolume of NAS without a path', flex({ server: 'nas.example.com' }), '/srv/nas/'],
    [
      'an NFS volume that tries to leave',
      { ...NFS, NFSVolume: { Server: 'nas.example.com', Path: '/../../etc' } },
      '/srv/nas/etc',
    ],
  ])('the folder that stands for the file server of %s', async (_, volume, folder) => {
    const { spec } = await specOf({ Volume: [volume] }, { tables: NAS });
    expect(spec.volumes).toMatchObject([{ name: 'nas', kind: 'file-system', folder }]);
  });

  it('of an empty folder where the scenario does not know the file server', async () => {
    const { spec } = await specOf({ Volume: [NFS] });
    expect(spec.volumes).toMatchObject([{ name: 'nas', kind: 'empty-dir' }]);
  });
});
