import type { Cloud } from '../cloud/cloud.ts';
import { GroupState } from '../cloud/group-state.ts';
import { ApiError, invalid } from '../wire/api-error.ts';
import type { FlatParameters } from '../wire/parameters.ts';
import { checkDisks, checkReferences } from './check-references.ts';
import { createParameters } from './create-parameters.ts';
import { parseParameters } from './parse-parameters.ts';
import { place } from './place.ts';

/** CreateContainerGroup: validation, idempotency, stock, and then a life of its own. */
export function createContainerGroup(flat: FlatParameters, cloud: Cloud): { ContainerGroupId: string } {
  const request = parseParameters(createParameters, flat);
  const known = request.ClientToken === undefined ? undefined : cloud.tokens.find(request.ClientToken, flat);
  if (known !== undefined) return { ContainerGroupId: known };

  checkReferences(request, cloud);
  cloud.account.checkBalance();
  // What a dry run asks for is not taken from the stock's sequence of answers: the next real call gets the same one.
  const { vswitch, capacity, stock } = place(request, cloud, request.DryRun ? 'look' : 'take');
  checkDisks(request, vswitch.zone, cloud.scenario);
  cloud.account.checkQuota(capacity.cpu, cloud.groups());
  const id = cloud.newId();
  const group: GroupState = new GroupState({
    id,
    request,
    vswitch,
    capacity,
    now: () => cloud.clock.now(),
    priceAt: (at) => cloud.priceOf(group, at),
  });
  const refusal = cloud.machines.refuse(cloud.machineSpec(group, { address: '', podAddress: '' }));
  if (refusal !== undefined) throw invalid('Volume', refusal);
  // Both names stand in the API's list of codes; this is the one of its description.
  if (request.DryRun)
    throw new ApiError(400, 'DryRun.Success', 'Request validation has been passed with DryRun flag set.');
  if (request.ClientToken !== undefined) cloud.tokens.keep(request.ClientToken, flat, id);
  cloud.begin(group, stock);
  return { ContainerGroupId: id };
}
