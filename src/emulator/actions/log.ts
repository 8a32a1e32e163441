import * as z from 'zod';
import type { Cloud } from '../cloud/cloud.ts';
import type { LogLine } from '../machine.ts';
import { ApiError } from '../wire/api-error.ts';
import type { FlatParameters } from '../wire/parameters.ts';
import { checkRegion } from './check-region.ts';
import { flag, int, legacyOwner, regionId, text } from './leaf-types.ts';
import { parseParameters } from './parse-parameters.ts';

const MEBIBYTE = 1024 * 1024;

const rfc3339 = z.iso
  .datetime({ offset: true, error: 'it is no time, such as 2026-01-02T03:04:05Z' })
  .transform((time) => new Date(time));

const parameters = z.strictObject({
  RegionId: regionId,
  ContainerGroupId: text(1),
  ContainerName: text(1),
  StartTime: rfc3339.optional(),
  Tail: int(1, 2000).default(500),
  SinceSeconds: int(0).optional(),
  Timestamps: flag.default(false),
  LastTime: flag.default(false),
  LimitBytes: int(1, MEBIBYTE).default(MEBIBYTE),
  ...legacyOwner,
});

/**
 * DescribeContainerLog: the tail of what a container's own process wrote. Its parameters are those that Kubernetes has for logs, so they work as there,
 * where no page of ECI's tells more: `LimitBytes` cuts the end off.
 */
export function describeContainerLog(flat: FlatParameters, cloud: Cloud): Record<string, unknown> {
  const asked = parseParameters(parameters, flat);
  const { RegionId, ContainerGroupId, ContainerName } = asked;
  checkRegion(RegionId, cloud.scenario);
  const life = cloud.life(ContainerGroupId);
  if (!life?.group.containers.some((each) => each.name === ContainerName)) {
    const what = `The container ${ContainerName} of ${ContainerGroupId} does not exist.`;
    throw new ApiError(404, 'InvalidParameter.NotFound', what);
  }
  const from = Math.max(
    asked.StartTime?.getTime() ?? 0,
    asked.SinceSeconds === undefined ? 0 : cloud.clock.now() - asked.SinceSeconds * 1000,
  );
  const lines = life.log(ContainerName, asked.LastTime ? 'last' : 'this').filter(({ at }) => at >= from);
  const text = lines.slice(-asked.Tail).map((line) => (asked.Timestamps ? `${nanoseconds(line)} ` : '') + line.text);
  return { ContainerName, Content: Buffer.from(text.join('')).subarray(0, asked.LimitBytes).toString('utf8') };
}

/** As the kubelet writes times. */
const nanoseconds = ({ at }: LogLine): string => new Date(at).toISOString().replace('Z', '000000Z');
