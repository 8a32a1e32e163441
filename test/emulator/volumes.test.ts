import { describe, expect, it } from 'vitest';
import { GROUP, startCloud, type Wire } from './cloud-under-test.ts';

const nfs = (Server: string): Wire => ({ Name: 'nas', Type: 'NFSVolume', NFSVolume: { Server, Path: '/' } });
const flex = (Driver: string, options: Wire): Wire => ({
  Name: 'flex',
  Type: 'FlexVolume',
  FlexVolume: { Driver, Options: JSON.stringify(options) },
});

const BROKEN = `
[[file_system]]
server = "nas.example.com"
mount = "fails"
[[bucket]]
name = "ci-cache"
mount = "fails"
[[disk]]
id = "d-broken"
zone = "cn-beijing-h"
mount = "fails"
[[disk]]
id = "d-far"
zone = "cn-beijing-k"
`;

describe('a group whose volume cannot be mounted', () => {
  it.each([
    ['NFS', nfs('nas.example.com')],
    ['NAS', flex('alicloud/nas', { server: 'nas.example.com' })],
    ['OSS', flex('alicloud/oss', { bucket: 'ci-cache', url: 'oss-cn-beijing-internal.aliyuncs.com' })],
    ['a disk', flex('alicloud/disk', { volumeId: 'd-broken' })],
    ['OSS without an endpoint', flex('alicloud/oss', { bucket: 'other' })],
    ['NAS without a server', flex('alicloud/nas', { path: '/' })],
    ['NAS with nonsense', flex('alicloud/nas', { server: 5, path: [] })],
  ])('stays Pending, and is told why again and again: %s', async (_, volume) => {
    const { create, reaches, describe: look, emulator, call, disappears } = await startCloud({ tables: BROKEN });
    const id = await create({ Volume: [volume], MaxPendingMinute: 1440 });
    await reaches(id, 'Pending');
    await emulator.advance(600);
    const group = await look(id);
    expect(group).toMatchObject({
      Status: 'Pending',
      Containers: [{ Ready: false, CurrentState: { State: 'Waiting', Reason: 'ContainerCreating' } }],
    });
    const event = group?.Events.find(({ Reason }) => Reason === 'FailedMount');
    expect(event?.Type).toBe('Warning');
    expect(event?.Message).toContain(`MountVolume.SetUp failed for volume "${volume.Name as string}"`);
    expect(event?.Count).toBeGreaterThan(10);
    expect(group?.Events.map(({ Reason }) => Reason)).not.toContain('Pulling');
    await call('DeleteContainerGroup', { ContainerGroupId: id });
    await disappears(id);
  });

  it('fails when it has been pending for too long', async () => {
    const { create, reaches, emulator } = await startCloud({ tables: BROKEN });
    const id = await create({ Volume: [nfs('nas.example.com')], MaxPendingMinute: 10 });
    await reaches(id, 'Pending');
    await emulator.advance(600);
    await reaches(id, 'Failed');
  });

  it('is one of a volume, not of the account: others run', async () => {
    const { create, reaches } = await startCloud({ tables: BROKEN });
    const id = await create({ Volume: [nfs('other.example.com')] });
    await reaches(id, 'Running');
  });
});

describe('a disk', () => {
  it('that is in another zone is refused', async () => {
    const { refused, create, reaches } = await startCloud({ tables: BROKEN });
    for (const volume of [
      flex('alicloud/disk', { volumeId: 'd-far' }),
      { Name: 'disk', Type: 'DiskVolume', DiskVolume: { DiskId: 'd-far' } },
    ]) {
      const { code, statusCode } = await refused('CreateContainerGroup', { ...GROUP, Volume: [volume] });
      expect([code, statusCode]).toEqual(['DiskVolume.NotInSameZone', 400]);
      await reaches(await create({ Volume: [volume], VSwitchId: 'vsw-k' }), 'Running');
    }
  });
});
