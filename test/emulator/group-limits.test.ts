import type { Wire } from './cloud-under-test.ts';
import { describeLimits, spot } from './limits.ts';
import { items as many } from './mistakes.ts';

const tag = (Key: string, Value = ''): Wire => ({ Tag: [{ Key, Value }] });
const priced = (SpotPriceLimit: number): Wire => ({ SpotStrategy: 'SpotWithPriceLimit', SpotPriceLimit });
const sysctl = (Name: string): Wire => ({ SecurityContext: { Sysctl: [{ Name, Value: '1' }] } });

const CONFLICT = 'FeatureBasedConstraintConflict';

describeLimits([
  [
    '2 characters of a name',
    { ContainerGroupName: 'ab' },
    { ContainerGroupName: 'a' },
    'InvalidParameter.ContainerGroupName',
  ],
  [
    '128 characters of a name',
    { ContainerGroupName: 'x'.repeat(128) },
    { ContainerGroupName: 'x'.repeat(129) },
    'InvalidParameter.ContainerGroupName',
  ],
  [
    '20 containers',
    { Container: many(20, (index) => ({ Name: `c${index}`, Image: 'i' })) },
    { Container: many(21, (index) => ({ Name: `c${index}`, Image: 'i' })) },
    'InvalidParameter.Container',
  ],
  [
    'different names of containers',
    { InitContainer: [{ Name: 'first', Image: 'i' }] },
    { InitContainer: [{ Name: 'build', Image: 'i' }] },
    'InvalidParameter.DuplicatedName',
  ],
  [
    '20 tags',
    { Tag: many(20, (index) => ({ Key: `k${index}` })) },
    { Tag: many(21, (index) => ({ Key: `k${index}` })) },
    'InvalidParameter.Tag',
  ],
  ['64 characters of a key', tag('k'.repeat(64)), tag('k'.repeat(65)), 'InvalidParameter.Tag.1.Key'],
  ['128 characters of a tag', tag('k', 'v'.repeat(128)), tag('k', 'v'.repeat(129)), 'InvalidParameter.Tag.1.Value'],
  ['keys of one’s own', tag('my-aliyun'), tag('aliyun-my'), 'InvalidParameter.Tag.1.Key'],
  [
    '10 vSwitches',
    { VSwitchId: many(10, () => 'vsw-h').join(',') },
    { VSwitchId: many(11, () => 'vsw-h').join(',') },
    'InvalidParameter.VSwitchId',
  ],
  [
    '5 instance types',
    { InstanceType: many(5, () => 'ecs.c6.large').join(',') },
    { InstanceType: many(6, () => 'ecs.c6.large').join(',') },
    'InvalidParameter.InstanceType',
  ],
  [
    '64 characters of a client token',
    { ClientToken: 'x'.repeat(64) },
    { ClientToken: 'x'.repeat(65) },
    'InvalidParameter.ClientToken',
  ],
  ['a client token of ASCII', { ClientToken: 'a-1' }, { ClientToken: 'ä-1' }, 'InvalidParameter.ClientToken'],
  [
    '5000 GiB of extra storage',
    { EphemeralStorage: 5000 },
    { EphemeralStorage: 5001 },
    'InvalidParameter.EphemeralStorage',
  ],
  [
    'no less than no extra storage',
    { EphemeralStorage: 0 },
    { EphemeralStorage: -1 },
    'InvalidParameter.EphemeralStorage',
  ],
  ['10 minutes of pending', { MaxPendingMinute: 10 }, { MaxPendingMinute: 9 }, 'InvalidParameter.MaxPendingMinute'],
  [
    '1440 minutes of pending',
    { MaxPendingMinute: 1440 },
    { MaxPendingMinute: 1441 },
    'InvalidParameter.MaxPendingMinute',
  ],
  ['6 hours of protection', spot({ SpotDuration: 6 }), spot({ SpotDuration: 7 }), 'InvalidParameter.SpotDuration'],
  ['three decimals of a price', priced(0.999), priced(0.9999), 'InvalidParameter.SpotPriceLimit'],
  ['a price of 1000', priced(1000), priced(1000.001), 'InvalidParameter.SpotPriceLimit'],
  ['a price above nothing', priced(0.9), priced(0), 'InvalidParameter.SpotPriceLimit'],
  [
    '8 vCPU of a category',
    { ComputeCategory: ['economy'], Cpu: 8, Memory: 16 },
    { ComputeCategory: ['economy'], Cpu: 12, Memory: 24 },
    CONFLICT,
  ],
  [
    '8 vCPU of a category in a list of sizes',
    { ComputeCategory: ['economy'], InstanceType: '2-4Gi,8-16Gi' },
    { ComputeCategory: ['economy'], InstanceType: '2-4Gi,12-24Gi' },
    CONFLICT,
  ],
  [
    'a category of sizes only',
    { ComputeCategory: ['general'], InstanceType: '2-4Gi' },
    { ComputeCategory: ['general'], InstanceType: '2-4Gi,ecs.c6.large' },
    CONFLICT,
  ],
  [
    'a category on demand',
    { ComputeCategory: ['economy', 'general'] },
    spot({ ComputeCategory: ['economy'] }),
    CONFLICT,
  ],
  [
    'a category of AMD64',
    { ComputeCategory: ['economy'], CpuArchitecture: 'AMD64' },
    { ComputeCategory: ['economy'], CpuArchitecture: 'ARM64' },
    CONFLICT,
  ],
  [
    'known categories',
    { ComputeCategory: ['general'] },
    { ComputeCategory: ['luxury'] },
    'InvalidParameter.ComputeCategory.1',
  ],
  [
    'bandwidth of an address',
    { AutoCreateEip: true, EipBandwidth: 10 },
    { EipBandwidth: 10 },
    'InvalidParameter.EipBandwidth',
  ],
  [
    'lines of an address',
    { AutoCreateEip: true, EipISP: 'BGP_PRO' },
    { AutoCreateEip: true, EipISP: 'DSL' },
    'InvalidParameter.EipISP',
  ],
  [
    'one address',
    { EipInstanceId: 'eip-1' },
    { EipInstanceId: 'eip-1', AutoCreateEip: true },
    'InvalidParameter.EipInstanceId',
  ],
  [
    'kernel settings of a group',
    sysctl('net.ipv4.ping_group_range'),
    sysctl('vm.swappiness'),
    'InvalidParameter.SecurityContext.Sysctl.1.Name',
  ],
  ['core dumps into files', { CorePattern: '/tmp/core' }, { CorePattern: '|/bin/sh' }, 'InvalidParameter.CorePattern'],
  [
    'registries without a scheme',
    { ImageRegistryCredential: [{ Server: 'r.example.com:5000', UserName: 'u', Password: 'p' }] },
    { ImageRegistryCredential: [{ Server: 'https://r.example.com', UserName: 'u', Password: 'p' }] },
    'InvalidParameter.ImageRegistryCredential.1.Server',
  ],
  [
    'known registries of ACR',
    { AcrRegistryInfo: [{ InstanceId: 'cri-1' }] },
    { AcrRegistryInfo: [{ InstanceId: 'acr-1' }] },
    'InvalidParameter.AcrRegistryInfo.1.InstanceId',
  ],
  [
    '20 name servers',
    { DnsConfig: { NameServer: many(20, () => '10.0.0.1') } },
    { DnsConfig: { NameServer: many(21, () => '10.0.0.1') } },
    'InvalidParameter.DnsConfig.NameServer',
  ],
  ['one IPv6 address', { Ipv6AddressCount: 1 }, { Ipv6AddressCount: 2 }, 'InvalidParameter.Ipv6AddressCount'],
  ['booleans in any case', { AutoCreateEip: 'True' }, { AutoCreateEip: '1' }, 'InvalidParameter.AutoCreateEip'],
]);
