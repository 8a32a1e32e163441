import type { Cloud } from '../cloud/cloud.ts';
import type { FlatParameters } from '../wire/parameters.ts';
import { describeAvailableResource } from './available-resource.ts';
import { createContainerGroup } from './create.ts';
import { deleteContainerGroup } from './delete.ts';
import { describeContainerGroups } from './describe.ts';
import { describeContainerGroupEvents } from './events.ts';
import { execContainerCommand } from './exec.ts';
import { createImageCache, deleteImageCache, describeImageCaches, updateImageCache } from './image-caches.ts';
import { describeContainerLog } from './log.ts';
import { describeContainerGroupPrice } from './price.ts';
import { restartContainerGroup } from './restart.ts';
import { describeContainerGroupStatus } from './status.ts';
import { listTagResources, tagResources, untagResources } from './tag-resources.ts';
import { describeRegions, listUsage } from './usage.ts';

type Action = (
  flat: FlatParameters,
  cloud: Cloud,
) => Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>;

/** What the emulator can do, by the API's names. Everything else is `InvalidAction.NotFound`. */
export const ACTIONS: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['CreateContainerGroup', createContainerGroup],
  ['DescribeContainerGroups', describeContainerGroups],
  ['DescribeContainerGroupStatus', describeContainerGroupStatus],
  ['DescribeContainerGroupEvents', describeContainerGroupEvents],
  ['DeleteContainerGroup', deleteContainerGroup],
  ['RestartContainerGroup', restartContainerGroup],
  ['DescribeContainerLog', describeContainerLog],
  ['ExecContainerCommand', execContainerCommand],
  ['DescribeContainerGroupPrice', describeContainerGroupPrice],
  ['DescribeAvailableResource', describeAvailableResource],
  ['DescribeRegions', describeRegions],
  ['ListUsage', listUsage],
  ['CreateImageCache', createImageCache],
  ['DescribeImageCaches', describeImageCaches],
  ['UpdateImageCache', updateImageCache],
  ['DeleteImageCache', deleteImageCache],
  ['TagResources', tagResources],
  ['UntagResources', untagResources],
  ['ListTagResources', listTagResources],
]);
