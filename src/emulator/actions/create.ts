import type { Cloud } from '../cloud/cloud.ts';
import { GroupState } from '../cloud/group-state.ts';
import { type Capacity, capacityOfSize, capacityOfType } from '../cloud/pricing.ts';
import type { StockAnswer } from '../cloud/stock.ts';
import type { Scenario } from '../scenario.ts';
import { ApiError, invalid, missing } from '../wire/api-error.ts';
import type { FlatParameters } from '../wire/parameters.ts';
import { createParameters, type CreateParameters } from './create-parameters.ts';
import { parseParameters } from './parse-parameters.ts';

const SIZE = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)Gi$/;

/** CreateContainerGroup: validation, idempotency, stock, and then a life of its own. */
export function createContainerGroup(flat: FlatParameters, cloud: Cloud): { ContainerGroupId: string } {
  const request = parseParameters(createParameters, flat);
  if (request.DryRun) throw new ApiError(400, 'UnsupportedParameter', 'This emulator does not know DryRun yet.');
  if (request.RestartPolicy !== 'Never')
    throw invalid('RestartPolicy', 'this emulator runs groups with Never only; the default is Always');
  const known = request.ClientToken === undefined ? undefined : cloud.tokens.find(request.ClientToken, flat);
  if (known !== undefined) return { ContainerGroupId: known };

  checkReferences(request, cloud.scenario);
  const { vswitch, capacity, stock } = place(request, cloud);
  const id = cloud.newId();
  const group = new GroupState({ id, request, vswitch, capacity, now: () => cloud.clock.now() });
  const refusal = cloud.machines.refuse(cloud.machineSpec(group, ''));
  if (refusal !== undefined) throw invalid('Volume', refusal);
  if (request.ClientToken !== undefined) cloud.tokens.keep(request.ClientToken, flat, id);
  cloud.begin(group, stock);
  return { ContainerGroupId: id };
}

function checkReferences(request: CreateParameters, scenario: Scenario): void {
  const vswitches = request.VSwitchId.map((id) => {
    const vswitch = scenario.vswitch.find((each) => each.id === id);
    if (!vswitch) throw new ApiError(404, 'InvalidVSwitchId.NotFound', `The vSwitch ${id} does not exist.`);
    return vswitch;
  });
  if (request.ZoneId !== undefined && vswitches.some((each) => each.zone !== request.ZoneId)) {
    throw new ApiError(403, 'OperationDenied.VswZoneMisMatch', 'The vSwitch is not in the specified zone.');
  }
  const securityGroup = scenario.security_group.find((each) => each.id === request.SecurityGroupId);
  if (request.SecurityGroupId !== undefined && !securityGroup) {
    throw new ApiError(
      404,
      'InvalidSecurityGroupId.NotFound',
      `The security group ${request.SecurityGroupId} does not exist.`,
    );
  }
  if (securityGroup && vswitches.some((each) => each.vpc !== securityGroup.vpc)) {
    throw new ApiError(
      403,
      'OperationDenied.SecurityGroupMisMatch',
      'The security group and the vSwitch are not in the same VPC.',
    );
  }
  if (request.SpotStrategy === 'SpotWithPriceLimit' && request.SpotPriceLimit === undefined)
    throw missing('SpotPriceLimit');
  const volumes = new Set(request.Volume.map((volume) => volume.Name));
  for (const container of [...request.InitContainer, ...request.Container]) {
    const unknown = container.VolumeMount.find((mount) => !volumes.has(mount.Name));
    if (unknown)
      throw invalid(
        'VolumeMount',
        `container ${container.Name} mounts the volume ${unknown.Name}, which does not exist`,
      );
  }
}

interface Place {
  readonly vswitch: Scenario['vswitch'][number];
  readonly capacity: Capacity;
  readonly stock: StockAnswer;
}

/** The first vSwitch and spec, in the request's order, that are not refused at once; else the last refusal. */
function place(request: CreateParameters, cloud: Cloud): Place {
  const capacities = wanted(request, cloud.scenario);
  const policy = request.SpotStrategy === 'NoSpot' ? 'on-demand' : 'spot';
  let refusal: ApiError | undefined;
  for (const id of request.VSwitchId) {
    const vswitch = cloud.scenario.vswitch.find((each) => each.id === id);
    if (!vswitch) continue;
    for (const capacity of capacities) {
      const stock = cloud.stock.ask(vswitch.zone, capacity.label, policy);
      if (stock.kind === 'no-stock') refusal = new ApiError(403, stock.code, stock.message);
      else if (policy === 'spot' && (request.SpotPriceLimit ?? Number.POSITIVE_INFINITY) < capacity.spotPricePerHour) {
        refusal = new ApiError(
          403,
          'Spot.NotMatched',
          'The price limit is below the market price. Raise it, or choose types with sufficient inventory.',
        );
      } else return { vswitch, capacity, stock };
    }
  }
  throw refusal ?? new ApiError(403, 'OperationDenied.NoStock', 'Nothing that was asked for is on sale.');
}

function wanted(request: CreateParameters, scenario: Scenario): Capacity[] {
  const spot = request.SpotStrategy !== 'NoSpot';
  if (request.InstanceType === undefined) return [sizeOf(request.Cpu, request.Memory, request, spot)];
  return request.InstanceType.map((label) => {
    const size = SIZE.exec(label);
    if (size) return { ...sizeOf(Number(size[1]), Number(size[2]), request, spot), label };
    const capacity = capacityOfType(label, scenario);
    if (!capacity)
      throw new ApiError(400, 'InvalidInstanceTypeForEciBuy', `The instance type ${label} is not sold through ECI.`);
    return capacity;
  });
}

/** Without a size the containers' limits are summed up; without those it is 2 vCPU and 4 GiB. */
function sizeOf(
  cpu: number | undefined,
  memory: number | undefined,
  request: CreateParameters,
  spot: boolean,
): Capacity {
  const sum = (field: 'Cpu' | 'Memory'): number =>
    request.Container.reduce((total, each) => total + (each[field] ?? 0), 0);
  const wantedCpu = cpu ?? (sum('Cpu') || 2);
  const wantedMemory = memory ?? (sum('Memory') || 4);
  if (spot && wantedCpu < 2)
    throw new ApiError(400, 'InvalidSpotCpuMemorySpec', 'Spot instances have at least 2 vCPU.');
  const capacity = capacityOfSize(wantedCpu, wantedMemory);
  if (!capacity)
    throw new ApiError(400, 'InvalidParameter.CPU.Memory', `${wantedCpu} vCPU and ${wantedMemory} GiB are not sold.`);
  return capacity;
}
