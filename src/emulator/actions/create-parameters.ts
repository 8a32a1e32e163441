import * as z from 'zod';
import { container, initContainer } from './container-parameters.ts';
import { parseJson } from '../../json.ts';
import { decimal, flag, int, legacyOwner, list, regionId, relativePath, tags, text } from './leaf-types.ts';

/** Parameters of CreateContainerGroup (Eci 2018-08-08), those newer than the Node SDK included, with the documented limits. */
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const KIB = 1024;
const bytesOf = (base64: string): number => Buffer.from(base64, 'base64').length;

const configFile = z.strictObject({
  Path: relativePath(1),
  Content: z
    .string()
    .regex(BASE64, 'it is not Base64')
    .refine((content) => bytesOf(content) <= 32 * KIB, 'a file may have 32 KB'),
  Mode: int().optional(),
});

const fileSystem = z.enum(['ext4', 'ext3', 'xfs', 'vfat']);

/** Options of the driver alicloud/disk: an existing disk, or the GiB of a new one. Values may come as text. */
const disk = z.union([
  z.looseObject({ volumeId: z.string().min(1) }),
  z.looseObject({ volumeSize: z.coerce.number().int().min(20).max(32_768) }),
]);
const isDisk = (options: unknown): boolean => disk.safeParse(options).success;

const volume = z.strictObject({
  Name: text(1, 128),
  Type: z.enum(['ConfigFileVolume', 'EmptyDirVolume', 'NFSVolume', 'FlexVolume', 'DiskVolume', 'HostPathVolume']),
  ConfigFileVolume: z
    .strictObject({
      ConfigFileToPath: list(configFile, 90).refine(
        (files) => files.reduce((sum, file) => sum + bytesOf(file.Content), 0) <= 60 * KIB,
        'a volume may have 60 KB',
      ),
      DefaultMode: int().optional(),
    })
    .optional(),
  EmptyDirVolume: z
    .strictObject({
      Medium: z.enum(['', 'Memory', 'memory', 'LocalRaid0']).optional(),
      SizeLimit: text()
        .regex(/^(|\d+(\.\d+)?([KMGT]i?)?)$/, 'it is a number with a unit, such as 256Mi')
        .optional(),
    })
    .optional(),
  NFSVolume: z.strictObject({ Server: text(1), Path: text(1), ReadOnly: flag.optional() }).optional(),
  FlexVolume: z
    .strictObject({
      Driver: z.enum(['alicloud/disk', 'alicloud/nas', 'alicloud/oss']),
      FsType: fileSystem.optional(),
      Options: text(0, 4096)
        .refine((options) => parseJson(options) !== undefined, 'it is not JSON')
        .optional(),
    })
    .refine(
      ({ Driver, Options }) => Driver !== 'alicloud/disk' || isDisk(parseJson(Options ?? '')),
      'a disk has a volumeId, or a volumeSize from 20 to 32768',
    )
    .optional(),
  DiskVolume: z
    .strictObject({ DiskId: text().optional(), FsType: fileSystem.optional(), DiskSize: int().optional() })
    .optional(),
  HostPathVolume: z.strictObject({ Path: text(), Type: text().optional() }).optional(),
});

const uniqueNames = (all: readonly { Name: string }[]): boolean =>
  new Set(all.map((each) => each.Name)).size === all.length;
/** The safe ones, and the unsafe ones that have a namespace of their own ("SecurityContext" in CreateContainerGroup). */
const SYSCTL = /^(kernel\.(shm|msg)\w*|kernel\.sem|fs\.mqueue\.\w+|net\.[\w.]+|vm\.min_free_kbytes)$/;
const sysctl = z.strictObject({ Name: text(1).regex(SYSCTL, 'it cannot be set for one group'), Value: text() });
const sysctls = z.strictObject({ Sysctl: list(sysctl, 100) });
const names = (max: number) => list(text(1), max);

/** CreateContainerGroup. `VSwitchId` is required here: the emulated account has no default network that ECI would take. */
export const createParameters = z.strictObject({
  RegionId: regionId,
  ContainerGroupName: text(2, 128).regex(
    /^[a-z0-9]([a-z0-9-]*[a-z0-9])$/,
    'allowed are lower-case letters, digits and hyphens inside',
  ),
  Container: list(container, 20)
    .min(1, 'at least one is required')
    .refine(uniqueNames, { message: 'names must be unique', params: { code: 'InvalidParameter.DuplicatedName' } }),
  InitContainer: list(initContainer, 20).default([]),
  Volume: list(volume, 20)
    .default([])
    .refine(uniqueNames, {
      message: 'names must be unique',
      params: { code: 'InvalidParameter.DuplicatedVolumeName' },
    }),
  VSwitchId: text(1)
    .transform((ids) => ids.split(','))
    .refine((ids) => ids.length <= 10, 'at most 10 are allowed'),
  ScheduleStrategy: z.enum(['VSwitchOrdered', 'VSwitchRandom']).optional(),
  ZoneId: text().optional(),
  SecurityGroupId: text(1).optional(),
  Cpu: decimal.optional(),
  Memory: decimal.optional(),
  InstanceType: text(1)
    .transform((types) => types.split(','))
    .refine((types) => types.length <= 5, 'at most 5 are allowed')
    .optional(),
  CpuArchitecture: z.enum(['AMD64', 'ARM64']).optional(),
  OsType: z.enum(['Linux']).optional(),
  ComputeCategory: list(z.enum(['economy', 'general']), 2).optional(),
  CpuOptionsCore: int().optional(),
  CpuOptionsThreadsPerCore: int().optional(),
  CpuOptionsNuma: text().optional(),
  GpuDriverVersion: text().optional(),
  SpotStrategy: z.enum(['NoSpot', 'SpotWithPriceLimit', 'SpotAsPriceGo']).default('NoSpot'),
  /** The range is a secondary source's (unconfirmed). */
  SpotPriceLimit: decimal
    .refine((price) => price >= 0.001 && price <= 1000, 'allowed is 0.001 to 1000')
    .refine((price) => Math.abs(price * 1000 - Math.round(price * 1000)) < 1e-6, 'at most 3 decimals are allowed')
    .optional(),
  SpotDuration: int(0, 6).optional(),
  RestartPolicy: z.enum(['Always', 'OnFailure', 'Never']).default('Always'),
  ActiveDeadlineSeconds: int(1).optional(),
  MaxPendingMinute: int(10, 1440).default(240),
  TerminationGracePeriodSeconds: int().default(30),
  ClientToken: text(1, 64)
    .regex(/^[\x21-\x7e]+$/, 'it must be ASCII')
    .optional(),
  DryRun: flag.optional(),
  Tag: tags.default([]),
  ResourceGroupId: text().optional(),
  RamRoleName: text().optional(),
  EphemeralStorage: int(0, 5000).optional(),
  AutoMatchImageCache: flag.default(false),
  ImageSnapshotId: text(1).optional(),
  ImageAccelerateMode: z.enum(['nydus', 'dadi', 'p2p', 'imc']).optional(),
  ImageRegistryCredential: list(
    z.strictObject({
      Server: text(1).regex(/^(?!.*:\/\/)/, 'it goes without a scheme'),
      UserName: text(),
      Password: text(),
    }),
    11,
  ).default([]),
  AcrRegistryInfo: list(
    z.strictObject({
      InstanceId: text().regex(/^cri-/, 'it starts with cri-').optional(),
      InstanceName: text().optional(),
      RegionId: text().optional(),
      Domain: names(20).optional(),
      ArnService: text().optional(),
      ArnUser: text().optional(),
    }),
    21,
  ).default([]),
  PlainHttpRegistry: text().optional(),
  InsecureRegistry: text().optional(),
  EipInstanceId: text().optional(),
  AutoCreateEip: flag.default(false),
  EipBandwidth: int(1).optional(),
  EipISP: z.enum(['BGP', 'BGP_PRO']).optional(),
  EipCommonBandwidthPackage: text().optional(),
  IngressBandwidth: int().optional(),
  EgressBandwidth: int().optional(),
  Ipv6AddressCount: int(0, 1).optional(),
  Ipv6GatewayBandwidthEnable: flag.optional(),
  Ipv6GatewayBandwidth: text().optional(),
  PrivateIpAddress: text().optional(),
  FixedIp: text().optional(),
  FixedIpRetainHour: int().optional(),
  DnsPolicy: z.enum(['Default', 'None']).optional(),
  DnsConfig: z
    .strictObject({
      NameServer: names(20).optional(),
      Search: names(20).optional(),
      Option: list(z.strictObject({ Name: text(1), Value: text().optional() }), 20).optional(),
    })
    .optional(),
  HostAliase: list(z.strictObject({ Ip: text(1), Hostname: names(51) }), 101).default([]),
  HostName: text().optional(),
  CorePattern: text()
    .regex(/^(?!\|)/, 'it may not start a program')
    .optional(),
  ShareProcessNamespace: flag.optional(),
  ContainerResourceView: flag.optional(),
  NtpServer: names(21).optional(),
  SecurityContext: sysctls.optional(),
  HostSecurityContext: sysctls.optional(),
  OverheadReservationOption: z.strictObject({ EnableOverheadReservation: flag }).optional(),
  DataCacheBucket: text().optional(),
  DataCachePL: text().optional(),
  DataCacheProvisionedIops: int().optional(),
  DataCacheBurstingEnabled: flag.optional(),
  StrictSpot: flag.optional(),
  ...legacyOwner,
});

export type CreateParameters = z.output<typeof createParameters>;
