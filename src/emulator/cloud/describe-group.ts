import { wireTime } from '../clock.ts';
import { describeContainers } from './describe-containers.ts';
import type { Scenario } from '../scenario.ts';
import { describeEvent } from './describe-event.ts';
import type { GroupState, Status } from './group-state.ts';

/** An item of DescribeContainerGroups. Names differ from the request's in the ways that the API's do: plural lists, flat volumes. */
export function describeGroup(group: GroupState, scenario: Scenario, withEvents: boolean): Record<string, unknown> {
  const { request, capacity, vswitch } = group;
  const finished = (status: Status): string => (group.status === status ? wireTime(group.finishedAt) : '');
  return {
    ContainerGroupId: group.id,
    ContainerGroupName: request.ContainerGroupName,
    Status: group.status,
    RegionId: scenario.region,
    ZoneId: vswitch.zone,
    VpcId: vswitch.vpc,
    VSwitchId: vswitch.id,
    SecurityGroupId: request.SecurityGroupId ?? '',
    EniInstanceId: group.address === '' ? '' : `eni-${group.id.slice('eci-'.length)}`,
    IntranetIp: group.address,
    // The one address that a machine has, so that clients from "outside" reach it too.
    InternetIp: request.AutoCreateEip ? group.address : '',
    Ipv6Address: '',
    // Known once the group holds resources.
    InstanceType: group.address === '' ? '' : capacity.instanceType,
    Cpu: capacity.cpu,
    Memory: capacity.memory,
    EphemeralStorage: request.EphemeralStorage ?? 0,
    SpotStrategy: request.SpotStrategy,
    ...(request.SpotPriceLimit === undefined ? {} : { SpotPriceLimit: request.SpotPriceLimit }),
    Discount: 10,
    RestartPolicy: request.RestartPolicy,
    RamRoleName: request.RamRoleName ?? '',
    ResourceGroupId: request.ResourceGroupId ?? '',
    CreationTime: wireTime(group.createdAt),
    SucceededTime: finished('Succeeded'),
    FailedTime: finished('Failed') || finished('ScheduleFailed'),
    ExpiredTime: finished('Expired'),
    Tags: [...group.tags].map(([Key, Value]) => ({ Key, Value })),
    Events: withEvents
      ? group.events.map((event) => describeEvent(event, request.ContainerGroupName, scenario.event_keys, 'short'))
      : [],
    Containers: describeContainers(group, request.Container),
    InitContainers: describeContainers(group, request.InitContainer),
    Volumes: request.Volume.map(describeVolume),
    DnsPolicy: request.DnsPolicy ?? 'Default',
    DnsConfig: {
      NameServers: request.DnsConfig?.NameServer ?? [],
      Searches: request.DnsConfig?.Search ?? [],
      Options: request.DnsConfig?.Option ?? [],
    },
    EciSecurityContext: { Sysctls: request.SecurityContext?.Sysctl ?? [] },
    HostAliases: request.HostAliase.map(({ Ip, Hostname }) => ({ Ip, Hostnames: Hostname })),
  };
}

const describeVolume = ({
  Name,
  Type,
  ConfigFileVolume,
  EmptyDirVolume,
  NFSVolume,
  FlexVolume,
  DiskVolume,
}: GroupState['request']['Volume'][number]): Record<string, unknown> => ({
  Name,
  Type,
  ConfigFileVolumeConfigFileToPaths: ConfigFileVolume?.ConfigFileToPath ?? [],
  EmptyDirVolumeMedium: EmptyDirVolume?.Medium ?? '',
  EmptyDirVolumeSizeLimit: EmptyDirVolume?.SizeLimit ?? '',
  NFSVolumeServer: NFSVolume?.Server ?? '',
  NFSVolumePath: NFSVolume?.Path ?? '',
  NFSVolumeReadOnly: NFSVolume?.ReadOnly ?? false,
  FlexVolumeDriver: FlexVolume?.Driver ?? '',
  FlexVolumeFsType: FlexVolume?.FsType ?? '',
  FlexVolumeOptions: FlexVolume?.Options ?? '',
  DiskVolumeDiskId: DiskVolume?.DiskId ?? '',
  DiskVolumeFsType: DiskVolume?.FsType ?? '',
});
