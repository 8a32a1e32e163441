import type { Cloud } from '../cloud/cloud.ts';
import type { FlatParameters } from '../wire/parameters.ts';
import { describeAvailableResource } from './available-resource.ts';
import { createContainerGroup } from './create.ts';
import { deleteContainerGroup } from './delete.ts';
import { describeContainerGroups } from './describe.ts';
import { describeContainerGroupEvents } from './events.ts';
import { createImageCache, deleteImageCache, describeImageCaches } from './image-caches.ts';
import { describeContainerLog } from './log.ts';
import { describeContainerGroupPrice } from './price.ts';
import { describeContainerGroupStatus } from './status.ts';
import { listTagResources, tagResources, untagResources } from './tag-resources.ts';
import { describeRegions, listUsage } from './usage.ts';

/** What the emulator can do, by the API's names. Everything else is `InvalidAction.NotFound`. */
export const ACTIONS: ReadonlyMap<string, (flat: FlatParameters, cloud: Cloud) => Record<string, unknown>> = new Map<
  string,
  (flat: FlatParameters, cloud: Cloud) => Record<string, unknown>
>([
  ['CreateContainerGroup', createContainerGroup],
  ['DescribeContainerGroups', describeContainerGroups],
  ['DescribeContainerGroupStatus', describeContainerGroupStatus],
  ['DescribeContainerGroupEvents', describeContainerGroupEvents],
  ['DeleteContainerGroup', deleteContainerGroup],
  ['DescribeContainerLog', describeContainerLog],
  ['DescribeContainerGroupPrice', describeContainerGroupPrice],
  ['DescribeAvailableResource', describeAvailableResource],
  ['DescribeRegions', describeRegions],
  ['ListUsage', listUsage],
  ['CreateImageCache', createImageCache],
  ['DescribeImageCaches', describeImageCaches],
  ['DeleteImageCache', deleteImageCache],
  ['TagResources', tagResources],
  ['UntagResources', untagResources],
  ['ListTagResources', listTagResources],
]);
