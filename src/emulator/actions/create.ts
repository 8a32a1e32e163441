import type { Cloud } from '../cloud/cloud.ts';
import { GroupState } from '../cloud/group-state.ts';
import { ApiError, invalid } from '../wire/api-error.ts';
import type { FlatParameters } from '../wire/parameters.ts';
import { checkReferences } from './check-references.ts';
import { createParameters } from './create-parameters.ts';
import { parseParameters } from './parse-parameters.ts';
import { place } from './place.ts';

/** CreateContainerGroup: validation, idempotency, stock, and then a life of its own. */
export function createContainerGroup(flat: FlatParameters, cloud: Cloud): { ContainerGroupId: string } {
  const request = parseParameters(createParameters, flat);
  if (request.DryRun) throw new ApiError(400, 'UnsupportedParameter', 'This emulator does not know DryRun yet.');
  if (request.RestartPolicy !== 'Never') {
    throw invalid('RestartPolicy', 'this emulator runs groups with Never only; the default is Always');
  }
  const known = request.ClientToken === undefined ? undefined : cloud.tokens.find(request.ClientToken, flat);
  if (known !== undefined) return { ContainerGroupId: known };

  checkReferences(request, cloud);
  const { vswitch, capacity, stock } = place(request, cloud);
  const id = cloud.newId();
  const group = new GroupState({ id, request, vswitch, capacity, now: () => cloud.clock.now() });
  const refusal = cloud.machines.refuse(cloud.machineSpec(group, ''));
  if (refusal !== undefined) throw invalid('Volume', refusal);
  if (request.ClientToken !== undefined) cloud.tokens.keep(request.ClientToken, flat, id);
  cloud.begin(group, stock);
  return { ContainerGroupId: id };
}
