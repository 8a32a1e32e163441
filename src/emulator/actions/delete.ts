import * as z from 'zod';
import type { Cloud } from '../cloud/cloud.ts';
import { ApiError } from '../wire/api-error.ts';
import type { FlatParameters } from '../wire/parameters.ts';
import { flag, legacyOwner, regionId, text } from './leaf-types.ts';
import { checkRegion } from './check-region.ts';
import { parseParameters } from './parse-parameters.ts';

const parameters = z.strictObject({
  RegionId: regionId,
  ContainerGroupId: text(1),
  ClientToken: text(1, 64).optional(),
  /** Without the grace period. Newer than the Node SDK. */
  Force: flag.default(false),
  ...legacyOwner,
});

/**
 * DeleteContainerGroup: takes the order and returns; the containers stop afterwards. No page tells the code for an unknown id, so this one is the
 * emulator's choice.
 */
export function deleteContainerGroup(flat: FlatParameters, cloud: Cloud): Record<string, never> {
  const { ContainerGroupId: id, RegionId, Force } = parseParameters(parameters, flat);
  checkRegion(RegionId, cloud.scenario);
  const life = cloud.life(id);
  if (!life) throw new ApiError(404, 'InvalidParameter.NotFound', `The container group ${id} does not exist.`);
  if (life.group.status === 'Scheduling' && cloud.scenario.delete_while_scheduling === 'incorrect-status') {
    throw new ApiError(400, 'IncorrectStatus', 'The container group cannot be deleted while it is being scheduled.');
  }
  void life.remove(Force ? 0 : undefined);
  return {};
}
