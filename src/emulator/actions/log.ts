import * as z from 'zod';
import type { Cloud } from '../cloud/cloud.ts';
import { ApiError } from '../wire/api-error.ts';
import type { FlatParameters } from '../wire/parameters.ts';
import { checkRegion } from './check-region.ts';
import { flag, int, legacyOwner, regionId, text } from './leaf-types.ts';
import { parseParameters } from './parse-parameters.ts';

const MEBIBYTE = 1024 * 1024;

const parameters = z.strictObject({
  RegionId: regionId,
  ContainerGroupId: text(1),
  ContainerName: text(1),
  StartTime: text().optional(),
  Tail: int(1, 2000).default(500),
  SinceSeconds: int(0).optional(),
  Timestamps: flag.default(false),
  LastTime: flag.default(false),
  LimitBytes: int(1, MEBIBYTE).default(MEBIBYTE),
  ...legacyOwner,
});

/** DescribeContainerLog: the tail of what a container's own process wrote. Times are not kept here, so filters by time show everything. */
export function describeContainerLog(flat: FlatParameters, cloud: Cloud): Record<string, unknown> {
  const { RegionId, ContainerGroupId, ContainerName, Tail, LimitBytes } = parseParameters(parameters, flat);
  checkRegion(RegionId, cloud.scenario);
  const life = cloud.life(ContainerGroupId);
  if (!life?.group.containers.some((each) => each.name === ContainerName)) {
    const what = `The container ${ContainerName} of ${ContainerGroupId} does not exist.`;
    throw new ApiError(404, 'InvalidParameter.NotFound', what);
  }
  const lines = life.log(ContainerName).split('\n').slice(-Tail).join('\n');
  return { ContainerName, Content: Buffer.from(lines).subarray(-LimitBytes).toString('utf8') };
}
