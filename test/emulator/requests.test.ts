import { describe, expect, it } from 'vitest';
import { FakeMachines } from './fake-machines.ts';
import { GROUP, refusalOf, startCloud, type Wire } from './cloud-under-test.ts';

const container = (more: Wire): Wire => ({ Container: [{ Name: 'build', Image: 'alpine:3.20', ...more }] });
const volumeOf = (files: readonly { readonly Path: string; readonly Content: string }[]): Wire => ({
  Volume: [{ Name: 'files', Type: 'ConfigFileVolume', ConfigFileVolume: { ConfigFileToPath: files } }],
});
const bytes = (count: number): string => Buffer.alloc(count, 'x').toString('base64');
const items = <T>(count: number, item: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => item(index));

/** What is wrong, parameters on top of a good group, the code, and what the message names. */
const MISTAKES: readonly (readonly [string, Wire, string, string])[] = [
  ['a parameter nobody knows', { Flavour: 'x' }, 'UnsupportedParameter', 'Flavour'],
  ['a nested parameter nobody knows', container({ Imagee: 'x' }), 'UnsupportedParameter', 'Container.1.Imagee'],
  ['no name', { ContainerGroupName: undefined }, 'MissingParameter.ContainerGroupName', 'ContainerGroupName'],
  ['no container', { Container: undefined }, 'MissingParameter.Container', 'Container'],
  ['a container without an image', { Container: [{ Name: 'build' }] }, 'MissingParameter.Container.1.Image', 'Image'],
  [
    'a port without a protocol',
    container({ Port: [{ Port: 22 }] }),
    'MissingParameter.Container.1.Port.1.Protocol',
    'Protocol',
  ],
  ['no vSwitch', { VSwitchId: undefined }, 'MissingParameter.VSwitchId', 'VSwitchId'],
  ['text for a number', { Cpu: 'two' }, 'InvalidParameter.Cpu', 'Cpu'],
  ['text for a boolean', { AutoCreateEip: 'yes' }, 'InvalidParameter.AutoCreateEip', 'AutoCreateEip'],
  ['text for an object', { Container: 'build' }, 'InvalidParameter.Container', 'Container'],
  [
    'a fraction for an integer',
    { ActiveDeadlineSeconds: '1.5' },
    'InvalidParameter.ActiveDeadlineSeconds',
    'ActiveDeadline',
  ],
  ['upper case in the name', { ContainerGroupName: 'Group' }, 'InvalidParameter.ContainerGroupName', 'lower-case'],
  [
    'a hyphen at the end of the name',
    { ContainerGroupName: 'group-' },
    'InvalidParameter.ContainerGroupName',
    'hyphen',
  ],
  ['a name of 129 characters', { ContainerGroupName: 'x'.repeat(129) }, 'InvalidParameter.ContainerGroupName', '128'],
  [
    'a word of a command that is too long',
    container({ Command: ['x'.repeat(257)] }),
    'InvalidParameter.Container.1.Command.1',
    '256',
  ],
  ['21 words in a command', container({ Command: items(21, String) }), 'InvalidParameter.Container.1.Command', '20'],
  ['11 arguments', container({ Arg: items(11, String) }), 'InvalidParameter.Container.1.Arg', '10'],
  [
    'a variable of 257 characters',
    container({ EnvironmentVar: [{ Key: 'A', Value: 'x'.repeat(257) }] }),
    'InvalidParameter.Container.1.EnvironmentVar.1.Value',
    '256',
  ],
  [
    'a variable whose name starts with a digit',
    container({ EnvironmentVar: [{ Key: '1A' }] }),
    'InvalidParameter.Container.1.EnvironmentVar.1.Key',
    'digit',
  ],
  [
    'another field than the address',
    container({ EnvironmentVar: [{ Key: 'A', FieldRef: { FieldPath: 'metadata.name' } }] }),
    'InvalidParameter.Container.1.EnvironmentVar.1.FieldRef.FieldPath',
    'status.podIP',
  ],
  [
    '21 containers',
    { Container: items(21, (index) => ({ Name: `c${index}`, Image: 'i' })) },
    'InvalidParameter.Container',
    '20',
  ],
  [
    'two containers of one name',
    { Container: items(2, () => ({ Name: 'a', Image: 'i' })) },
    'InvalidParameter.DuplicatedName',
    'names',
  ],
  [
    'an init container with the name of another container',
    { InitContainer: [{ Name: 'build', Image: 'i' }] },
    'InvalidParameter.DuplicatedName',
    'build',
  ],
  ['21 tags', { Tag: items(21, (index) => ({ Key: `k${index}` })) }, 'InvalidParameter.Tag', '20'],
  ['a tag of the platform', { Tag: [{ Key: 'acs:x' }] }, 'InvalidParameter.Tag.1.Key', 'acs:'],
  [
    'a tag with a URL',
    { Tag: [{ Key: 'x', Value: 'see https://example.com' }] },
    'InvalidParameter.Tag.1.Value',
    'http',
  ],
  ['one tag twice', { Tag: [{ Key: 'x' }, { Key: 'x' }] }, 'InvalidParameter.Tag', 'unique'],
  ['11 vSwitches', { VSwitchId: items(11, () => 'vsw-h').join(',') }, 'InvalidParameter.VSwitchId', '10'],
  [
    'a file of 33 KB',
    volumeOf([{ Path: 'a', Content: bytes(33 * 1024) }]),
    'InvalidParameter.Volume.1.ConfigFileVolume.ConfigFileToPath.1.Content',
    '32 KB',
  ],
  [
    'a volume of 61 KB',
    volumeOf([
      { Path: 'a', Content: bytes(31 * 1024) },
      { Path: 'b', Content: bytes(30 * 1024) },
    ]),
    'InvalidParameter.Volume.1.ConfigFileVolume.ConfigFileToPath',
    '60 KB',
  ],
  [
    'a file that is not Base64',
    volumeOf([{ Path: 'a', Content: 'a b' }]),
    'InvalidParameter.Volume.1.ConfigFileVolume.ConfigFileToPath.1.Content',
    'Base64',
  ],
  [
    'a file outside its volume',
    volumeOf([{ Path: '../a', Content: '' }]),
    'InvalidParameter.Volume.1.ConfigFileVolume.ConfigFileToPath.1.Path',
    'relative',
  ],
  [
    'a volume that says nothing',
    { Volume: [{ Name: 'v', Type: 'NFSVolume' }] },
    'MissingParameter.Volume.1.NFSVolume',
    'NFSVolume',
  ],
  [
    'two volumes of one name',
    { Volume: items(2, () => ({ Name: 'v', Type: 'EmptyDirVolume' })) },
    'InvalidParameter.DuplicatedVolumeName',
    'names',
  ],
  [
    'a mount of no volume',
    container({ VolumeMount: [{ Name: 'none', MountPath: '/x' }] }),
    'InvalidParameter.VolumeMount',
    'none',
  ],
  ['a spot strategy nobody knows', { SpotStrategy: 'Cheap' }, 'InvalidParameter.SpotStrategy', 'SpotStrategy'],
  [
    'no limit for a spot price',
    { SpotStrategy: 'SpotWithPriceLimit' },
    'MissingParameter.SpotPriceLimit',
    'SpotPriceLimit',
  ],
  [
    'a price with four decimals',
    { SpotStrategy: 'SpotWithPriceLimit', SpotPriceLimit: 0.1234 },
    'InvalidParameter.SpotPriceLimit',
    '3 decimals',
  ],
  [
    'a spot size below 2 vCPU',
    { SpotStrategy: 'SpotAsPriceGo', Cpu: 1, Memory: 2 },
    'InvalidSpotCpuMemorySpec',
    '2 vCPU',
  ],
  [
    'a spot size with less memory than vCPU',
    { SpotStrategy: 'SpotAsPriceGo', Cpu: 4, Memory: 2 },
    'InvalidSpotCpuMemorySpec',
    '4 vCPU',
  ],
  ['a size nobody sells', { Cpu: 65, Memory: 128 }, 'InvalidParameter.CPU.Memory', '65 vCPU'],
  ['a type nobody sells', { InstanceType: 'ecs.none.large' }, 'InvalidInstanceTypeForEciBuy', 'ecs.none.large'],
  ['limits of containers beyond the group', container({ Cpu: 2.5 }), 'InvalidParameter.CPU.Memory', 'exceed'],
  [
    'an economy class for spot',
    { SpotStrategy: 'SpotAsPriceGo', ComputeCategory: ['economy'] },
    'FeatureBasedConstraintConflict',
    'spot',
  ],
  [
    'an economy class for ARM',
    { CpuArchitecture: 'ARM64', ComputeCategory: ['economy'] },
    'FeatureBasedConstraintConflict',
    'ARM',
  ],
  [
    '6 instance types',
    { InstanceType: items(6, () => 'ecs.c6.large').join(',') },
    'InvalidParameter.InstanceType',
    '5',
  ],
  ['7 hours of protection', { SpotStrategy: 'SpotAsPriceGo', SpotDuration: 7 }, 'InvalidParameter.SpotDuration', '6'],
  [
    '241 variables',
    container({ EnvironmentVar: items(241, (index) => ({ Key: `V${index}`, Value: '' })) }),
    'InvalidParameter.Container.1.EnvironmentVar',
    '240',
  ],
  [
    '21 volumes',
    { Volume: items(21, (index) => ({ Name: `v${index}`, Type: 'EmptyDirVolume' })) },
    'InvalidParameter.Volume',
    '20',
  ],
  ['5001 GiB of storage', { EphemeralStorage: 5001 }, 'InvalidParameter.EphemeralStorage', '5000'],
  ['an image of 256 characters', container({ Image: 'x'.repeat(256) }), 'InvalidParameter.Container.1.Image', '255'],
  [
    'a driver of volumes that nobody knows',
    { Volume: [{ Name: 'v', Type: 'FlexVolume', FlexVolume: { Driver: 'nfs' } }] },
    'InvalidParameter.Volume.1.FlexVolume.Driver',
    'Driver',
  ],
  [
    'options of a volume that are not JSON',
    { Volume: [{ Name: 'v', Type: 'FlexVolume', FlexVolume: { Driver: 'alicloud/nas', Options: 'x=y' } }] },
    'InvalidParameter.Volume.1.FlexVolume.Options',
    'JSON',
  ],
  [
    'a size of a folder that is none',
    { Volume: [{ Name: 'v', Type: 'EmptyDirVolume', EmptyDirVolume: { SizeLimit: 'large' } }] },
    'InvalidParameter.Volume.1.EmptyDirVolume.SizeLimit',
    '256Mi',
  ],
  [
    'two ways of probing',
    container({ LivenessProbe: { TcpSocket: { Port: 1 }, HttpGet: { Port: 1 } } }),
    'InvalidParameter.Container.1.LivenessProbe',
    'exactly one',
  ],
  ['bandwidth without an address', { EipBandwidth: 10 }, 'InvalidParameter.EipBandwidth', 'AutoCreateEip'],
  ['9 minutes of pending', { MaxPendingMinute: 9 }, 'InvalidParameter.MaxPendingMinute', '10'],
  ['a client token of 65 characters', { ClientToken: 'x'.repeat(65) }, 'InvalidParameter.ClientToken', '64'],
  ['another region', { RegionId: 'cn-hangzhou' }, 'InvalidRegionId.NotFound', 'cn-hangzhou'],
  ['no such vSwitch', { VSwitchId: 'vsw-h,vsw-none' }, 'InvalidVSwitchId.NotFound', 'vsw-none'],
  ['no such security group', { SecurityGroupId: 'sg-none' }, 'InvalidSecurityGroupId.NotFound', 'sg-none'],
  [
    'a security group of another network',
    { SecurityGroupId: 'sg-far' },
    'OperationDenied.SecurityGroupMisMatch',
    'VPC',
  ],
  ['a zone that is not the vSwitch’s', { ZoneId: 'cn-beijing-k' }, 'OperationDenied.VswZoneMisMatch', 'zone'],
  ['an image cache that does not exist', { ImageSnapshotId: 'imc-none' }, 'ImageSnapshot.NotFound', 'imc-none'],
  ['an image cache that is not ready', { ImageSnapshotId: 'imc-new' }, 'ImageSnapshot.IncorrectStatus', 'imc-new'],
];

const TABLES = `
[[security_group]]
id = "sg-emulator"
[[security_group]]
id = "sg-far"
vpc = "vpc-far"
[[image_cache]]
id = "imc-new"
status = "Creating"
`;

describe('a create call with', () => {
  it.each(MISTAKES)('%s is refused by name', async (_, parameters, code, named) => {
    const { emulator, refused } = await startCloud({ tables: TABLES });
    const refusal = await refused('CreateContainerGroup', { ...GROUP, ...parameters });
    expect([refusal.code, refusal.data.Message]).toEqual([code, expect.stringContaining(named)]);
    expect(emulator.report().groups.created).toBe(0);
  });

  it('everything at its limit is taken', async () => {
    const { create } = await startCloud();
    await create({
      ContainerGroupName: 'x'.repeat(128),
      ...container({
        Command: items(20, () => 'x'.repeat(256)),
        EnvironmentVar: items(240, (index) => ({ Key: `K${index}`, Value: 'x'.repeat(256) })),
      }),
      Tag: items(20, (index) => ({ Key: `k${index}`, Value: 'x'.repeat(128) })),
      ...volumeOf([
        { Path: 'a', Content: bytes(32 * 1024) },
        { Path: 'b', Content: bytes(28 * 1024) },
      ]),
    });
  });

  it('holes in the numbers of a list is taken, in order', async () => {
    const { fakes, call, reaches } = await startCloud();
    const { ContainerGroupId } = await call('CreateContainerGroup', {
      ...GROUP,
      Container: undefined,
      'Container.7.Name': 'second',
      'Container.7.Image': 'i',
      'Container.3.Name': 'first',
      'Container.3.Image': 'i',
      'Container.3.Command.10': 'c',
      'Container.3.Command.9': 'b',
      'Container.3.Command.2': 'a',
    });
    await reaches(ContainerGroupId as string, 'Running');
    const { containers } = fakes.of(ContainerGroupId as string).spec;
    expect(containers.map((each) => [each.name, each.argv])).toEqual([
      ['first', ['a', 'b', 'c']],
      ['second', []],
    ]);
  });

  it('something that its machines cannot do is refused with their sentence', async () => {
    const { refused } = await startCloud({ machines: new FakeMachines({ refusal: 'no room for /builds' }) });
    const { code, data } = await refused('CreateContainerGroup', GROUP);
    expect([code, data.Message]).toEqual(['InvalidParameter.Volume', expect.stringContaining('no room for /builds')]);
  });
});

describe('an API call', () => {
  it('of an unknown action is refused', async () => {
    const { refused } = await startCloud();
    const { code, statusCode, data } = await refused('SellContainerGroup', {});
    expect([code, statusCode]).toEqual(['InvalidAction.NotFound', 404]);
    expect(data.Message).toContain('SellContainerGroup');
  });

  it('of an unknown version is refused', async () => {
    const { call } = await startCloud();
    expect((await refusalOf(call('DescribeContainerGroups', {}, '2014-05-26'))).code).toBe('InvalidVersion');
  });

  it('that fails carries request id, host, code, message and a link', async () => {
    const { emulator, refused } = await startCloud();
    expect((await refused('DeleteContainerGroup', {})).data).toMatchObject({
      RequestId: expect.stringMatching(/^[0-9A-F-]{36}$/) as string,
      HostId: emulator.endpoint,
      Code: 'MissingParameter.ContainerGroupId',
      Message: 'The parameter ContainerGroupId is required.',
      Recommend: expect.stringContaining('q=MissingParameter.ContainerGroupId') as string,
    });
  });

  it('with another method than POST and GET is refused', async () => {
    const { emulator } = await startCloud();
    const response = await fetch(`http://${emulator.endpoint}/`, { method: 'PUT' });
    expect(response.status).toBe(405);
  });
});
