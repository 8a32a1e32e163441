import * as z from 'zod';
import type { Cloud } from '../cloud/cloud.ts';
import { ApiError } from '../wire/api-error.ts';
import type { FlatParameters } from '../wire/parameters.ts';
import { checkRegion } from './check-region.ts';
import { legacyOwner, regionId, text } from './leaf-types.ts';
import { parseParameters } from './parse-parameters.ts';

const parameters = z.strictObject({
  RegionId: regionId,
  ContainerGroupId: text(1),
  ClientToken: text(1, 64).optional(),
  ...legacyOwner,
});

/** RestartContainerGroup: of a group that is Pending or Running. No page tells what becomes of containers that have ended; here they stay so. */
export function restartContainerGroup(flat: FlatParameters, cloud: Cloud): Record<string, never> {
  const { RegionId, ContainerGroupId: id } = parseParameters(parameters, flat);
  checkRegion(RegionId, cloud.scenario);
  const life = cloud.life(id);
  if (!life) throw new ApiError(404, 'InvalidParameter.NotFound', `The container group ${id} does not exist.`);
  const { status } = life.group;
  if (status !== 'Pending' && status !== 'Running') {
    throw new ApiError(400, 'IncorrectStatus', `The container group ${id} is ${status}, not Pending or Running.`);
  }
  if (!life.restart()) {
    throw new ApiError(400, 'UnsupportedOperation', 'The machines of this emulator cannot start containers again.');
  }
  return {};
}
