/**
 * Parameters of CreateContainerGroup that the driver sets itself. `[parameters]` in the settings may name every other one; with these a job
 * would run on a group that the driver could not reach, judge or find again.
 */
export const RESERVED_PARAMETERS: ReadonlySet<string> = new Set([
  'RegionId',
  'ClientToken',
  'DryRun',
  'ContainerGroupName',
  'SecurityGroupId',
  'VSwitchId',
  'ZoneId',
  'ScheduleStrategy',
  'InstanceType',
  'Cpu',
  'Memory',
  'SpotStrategy',
  'SpotDuration',
  'SpotPriceLimit',
  'RestartPolicy',
  'ActiveDeadlineSeconds',
  'MaxPendingMinute',
  'TerminationGracePeriodSeconds',
  'AutoMatchImageCache',
  'ImageSnapshotId',
  'AutoCreateEip',
  'Tag',
  'InitContainer',
  'Container',
  'Volume',
]);
