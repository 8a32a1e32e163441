import type { Wire } from './cloud-under-test.ts';
import { describeLimits } from './limits.ts';
import { container, items as many } from './mistakes.ts';

const variables = (count: number, value = ''): Wire =>
  container({ EnvironmentVar: many(count, (index) => ({ Key: `V${index}`, Value: value })) });
const variable = (Key: string): Wire => container({ EnvironmentVar: [{ Key, Value: '' }] });
const mount = (more: Wire): Wire => ({
  ...container({ VolumeMount: [{ Name: 'v', MountPath: '/v', ...more }] }),
  ...emptyDir({}),
});
const volume = (Type: string, more: Wire): Wire => ({ Volume: [{ Name: 'v', Type, [Type]: more }] });
const emptyDir = (more: Wire): Wire => volume('EmptyDirVolume', more);
const disk = (options: Wire): Wire =>
  volume('FlexVolume', { Driver: 'alicloud/disk', Options: JSON.stringify(options) });
const disks = (count: number): Wire => ({
  Volume: many(count, (index) => ({ ...(disk({ volumeSize: 20 }).Volume as Wire[])[0], Name: `disk-${index}` })),
});
/** Sizes in bytes, before Base64. */
const files = (...sizes: readonly number[]): Wire =>
  volume('ConfigFileVolume', {
    ConfigFileToPath: sizes.map((size, index) => ({
      Path: `f${index}`,
      Content: Buffer.alloc(size, 'x').toString('base64'),
    })),
  });
const probe = (more: Wire): Wire => container({ ReadinessProbe: more });

const OF_CONTAINER = 'InvalidParameter.Container.1';
const OF_VOLUME = 'InvalidParameter.Volume.1';
const KIB = 1024;

describeLimits([
  [
    '255 characters of an image',
    container({ Image: 'x'.repeat(255) }),
    container({ Image: 'x'.repeat(256) }),
    `${OF_CONTAINER}.Image`,
  ],
  [
    '20 words of a command',
    container({ Command: many(20, String) }),
    container({ Command: many(21, String) }),
    `${OF_CONTAINER}.Command`,
  ],
  [
    '256 characters of a word',
    container({ Command: ['x'.repeat(256)] }),
    container({ Command: ['x'.repeat(257)] }),
    `${OF_CONTAINER}.Command.1`,
  ],
  ['10 arguments', container({ Arg: many(10, String) }), container({ Arg: many(11, String) }), `${OF_CONTAINER}.Arg`],
  ['240 variables', variables(240), variables(241), `${OF_CONTAINER}.EnvironmentVar`],
  [
    '256 characters of a variable',
    variables(1, 'x'.repeat(256)),
    variables(1, 'x'.repeat(257)),
    `${OF_CONTAINER}.EnvironmentVar.1.Value`,
  ],
  [
    '128 characters of a variable’s name',
    variable('V'.repeat(128)),
    variable('V'.repeat(129)),
    `${OF_CONTAINER}.EnvironmentVar.1.Key`,
  ],
  [
    'letters, digits and _ in a variable’s name',
    variable('_A1'),
    variable('A-1'),
    `${OF_CONTAINER}.EnvironmentVar.1.Key`,
  ],
  [
    'port 65535',
    container({ Port: [{ Port: 65_535, Protocol: 'TCP' }] }),
    container({ Port: [{ Port: 65_536, Protocol: 'TCP' }] }),
    `${OF_CONTAINER}.Port.1.Port`,
  ],
  [
    'port 1',
    container({ Port: [{ Port: 1, Protocol: 'UDP' }] }),
    container({ Port: [{ Port: 0, Protocol: 'UDP' }] }),
    `${OF_CONTAINER}.Port.1.Port`,
  ],
  [
    'TCP and UDP',
    container({ Port: [{ Port: 1, Protocol: 'UDP' }] }),
    container({ Port: [{ Port: 1, Protocol: 'SCTP' }] }),
    `${OF_CONTAINER}.Port.1.Protocol`,
  ],
  [
    'known pull policies',
    container({ ImagePullPolicy: 'Never' }),
    container({ ImagePullPolicy: 'Sometimes' }),
    `${OF_CONTAINER}.ImagePullPolicy`,
  ],
  [
    'two capabilities',
    container({ SecurityContext: { Capability: { Add: ['NET_ADMIN', 'NET_RAW'] } } }),
    container({ SecurityContext: { Capability: { Add: ['SYS_ADMIN'] } } }),
    `${OF_CONTAINER}.SecurityContext.Capability.Add.1`,
  ],
  [
    'known propagations of a mount',
    mount({ MountPropagation: 'HostToContainer' }),
    mount({ MountPropagation: 'Both' }),
    `${OF_CONTAINER}.VolumeMount.1.MountPropagation`,
  ],
  [
    'parts of a volume',
    mount({ SubPath: 'a/..b/c' }),
    mount({ SubPath: 'a/../b' }),
    `${OF_CONTAINER}.VolumeMount.1.SubPath`,
  ],
  [
    'parts of a volume by relative paths',
    mount({ SubPath: '' }),
    mount({ SubPath: '/a' }),
    `${OF_CONTAINER}.VolumeMount.1.SubPath`,
  ],
  [
    'no more rights than the account has',
    container({ SecurityContextPrivileged: false }),
    container({ SecurityContextPrivileged: true }),
    'FeatureAccessRestricted',
  ],
  [
    'a probe of one kind',
    probe({ TcpSocket: { Port: 1 } }),
    probe({ TcpSocket: { Port: 1 }, Exec: { Command: ['x'] } }),
    `${OF_CONTAINER}.ReadinessProbe`,
  ],
  [
    'a probe of any kind',
    probe({ HttpGet: { Port: 80 } }),
    probe({ PeriodSeconds: 5 }),
    `${OF_CONTAINER}.ReadinessProbe`,
  ],
  ['no GPUs', container({ Gpu: 0 }), container({ Gpu: 1 }), 'InvalidParameter.Gpu'],
  [
    '20 volumes',
    { Volume: many(20, (index) => ({ Name: `v${index}`, Type: 'EmptyDirVolume' })) },
    { Volume: many(21, (index) => ({ Name: `v${index}`, Type: 'EmptyDirVolume' })) },
    'InvalidParameter.Volume',
  ],
  [
    'different names of volumes',
    { Volume: many(2, (index) => ({ Name: `v${index}`, Type: 'EmptyDirVolume' })) },
    { Volume: many(2, () => ({ Name: 'v', Type: 'EmptyDirVolume' })) },
    'InvalidParameter.DuplicatedVolumeName',
  ],
  ['32 KB of a file', files(32 * KIB), files(32 * KIB + 1), `${OF_VOLUME}.ConfigFileVolume.ConfigFileToPath.1.Content`],
  [
    '60 KB of a volume',
    files(32 * KIB, 28 * KIB),
    files(32 * KIB, 28 * KIB + 1),
    `${OF_VOLUME}.ConfigFileVolume.ConfigFileToPath`,
  ],
  [
    '90 files',
    files(...many(90, () => 1)),
    files(...many(91, () => 1)),
    `${OF_VOLUME}.ConfigFileVolume.ConfigFileToPath`,
  ],
  [
    'folders on disk or in memory',
    emptyDir({ Medium: 'Memory' }),
    emptyDir({ Medium: 'Tape' }),
    `${OF_VOLUME}.EmptyDirVolume.Medium`,
  ],
  [
    'folders on no local disks',
    emptyDir({ Medium: '' }),
    emptyDir({ Medium: 'LocalRaid0' }),
    'InvalidInstanceTypeForRaid',
  ],
  [
    'sizes of folders',
    emptyDir({ SizeLimit: '256Mi' }),
    emptyDir({ SizeLimit: '256 MB' }),
    `${OF_VOLUME}.EmptyDirVolume.SizeLimit`,
  ],
  [
    'known drivers',
    volume('FlexVolume', { Driver: 'alicloud/nas' }),
    volume('FlexVolume', { Driver: 'alicloud/smb' }),
    `${OF_VOLUME}.FlexVolume.Driver`,
  ],
  [
    'options in JSON',
    volume('FlexVolume', { Driver: 'alicloud/oss', Options: '{}' }),
    volume('FlexVolume', { Driver: 'alicloud/oss', Options: 'bucket=b' }),
    `${OF_VOLUME}.FlexVolume.Options`,
  ],
  [
    'known file systems',
    volume('DiskVolume', { DiskId: 'd-1', FsType: 'xfs' }),
    volume('DiskVolume', { DiskId: 'd-1', FsType: 'ntfs' }),
    `${OF_VOLUME}.DiskVolume.FsType`,
  ],
  ['a disk of 20 GiB', disk({ volumeSize: '20' }), disk({ volumeSize: '19' }), `${OF_VOLUME}.FlexVolume`],
  ['a disk of 32768 GiB', disk({ volumeSize: 32_768 }), disk({ volumeSize: 32_769 }), `${OF_VOLUME}.FlexVolume`],
  ['a disk that is known', disk({ volumeId: 'd-1' }), disk({ deleteWithInstance: 'true' }), `${OF_VOLUME}.FlexVolume`],
  ['6 disks', disks(6), disks(7), 'DiskNumber.LimitExceed'],
  [
    'folders of the group, not of its host',
    emptyDir({}),
    volume('HostPathVolume', { Path: '/' }),
    'FeatureAccessRestricted',
  ],
]);
