import type { Cloud } from '../cloud/cloud.ts';
import { type Capacity, capacityOfSize, capacityOfType, isSpotSize } from '../cloud/pricing.ts';
import type { StockAnswer } from '../cloud/stock.ts';
import { type Scenario, SIZE } from '../scenario.ts';
import { ApiError, invalid } from '../wire/api-error.ts';
import type { CreateParameters } from './create-parameters.ts';

/** Where a group goes, and what becomes of it there. */
interface Place {
  readonly vswitch: Scenario['vswitch'][number];
  readonly capacity: Capacity;
  readonly stock: StockAnswer;
}

/**
 * Tries vSwitches and specs in the request's order. Every ScheduleStrategy is carried out in that order, so that a scenario is predictable.
 *
 * @returns the first place that has stock; else the first that finds out too late that it has none.
 * @throws ApiError, the last refusal, when every place refuses at once.
 */
export function place(request: CreateParameters, cloud: Cloud, intent: 'take' | 'look'): Place {
  const capacities = wanted(request, cloud.scenario);
  checkGpus(request, cloud.scenario);
  checkSpotDuration(request, cloud.scenario);
  const policy = request.SpotStrategy === 'NoSpot' ? 'on-demand' : 'spot';
  const highest = request.SpotStrategy === 'SpotWithPriceLimit' ? request.SpotPriceLimit : undefined;
  const vswitches = request.VSwitchId.flatMap((id) => cloud.scenario.vswitch.filter((each) => each.id === id));
  let late: Place | undefined;
  let refusal = new ApiError(403, 'OperationDenied.NoStock', 'Nothing that was asked for is on sale.');
  for (const vswitch of vswitches) {
    if (cloud.freeAddresses(vswitch) <= 0) {
      refusal = new ApiError(403, 'InvalidVSwitchId.IpNotEnough', `The vSwitch ${vswitch.id} has no free IP address.`);
      continue;
    }
    for (const capacity of capacities) {
      if (highest !== undefined && highest < cloud.market.spotPrice(vswitch.zone, capacity)) {
        refusal = new ApiError(
          403,
          'Spot.NotMatched',
          'The price limit is below the market price. Raise it, or choose types with sufficient inventory.',
        );
        continue;
      }
      const stock = cloud.inStock(vswitch.zone, capacity, policy, intent);
      if (stock.kind === 'no-stock') refusal = new ApiError(403, stock.code, stock.message);
      else if (stock.kind === 'schedule-failed') late ??= { vswitch, capacity, stock };
      else return { vswitch, capacity, stock };
    }
  }
  if (late) return late;
  throw refusal;
}

/** GPUs come with types that have them; the containers of a group share them. */
function checkGpus({ InstanceType, Container, InitContainer }: CreateParameters, { instance_type }: Scenario): void {
  const gpus = Math.max(...[...InitContainer, ...Container].map((each) => each.Gpu ?? 0));
  const had = InstanceType?.map((label) => instance_type.find(({ name }) => name === label)?.gpus ?? 0) ?? [0];
  const most = Math.min(...had);
  if (gpus > most) throw invalid('Gpu', `${gpus} are asked for, and what is named has ${most}`);
}

/** Some types are sold as spot without a protection period only, or with one only. */
function checkSpotDuration(
  { InstanceType = [], SpotStrategy, SpotDuration = 1 }: CreateParameters,
  scenario: Scenario,
) {
  if (SpotStrategy === 'NoSpot') return;
  const refused = scenario.instance_type.find(
    (type) => InstanceType.includes(type.name) && !(type.spot_durations ?? [SpotDuration]).includes(SpotDuration),
  );
  if (!refused) return;
  throw new ApiError(
    400,
    'InvalidInstanceTypeForEciSpotDurationBuy',
    `The instance type ${refused.name} cannot be bought with a spot duration of ${SpotDuration}.`,
  );
}

/** InstanceType wins over a size. */
function wanted(request: CreateParameters, scenario: Scenario): Capacity[] {
  const { InstanceType, Cpu, Memory } = request;
  const capacities = InstanceType?.map((label) => ofLabel(label, request, scenario)) ?? [
    sizeOf(Cpu, Memory, request, scenario),
  ];
  const limits = containerLimits(request);
  const small = capacities.find(({ cpu, memory }) => limits.Cpu > cpu || limits.Memory > memory);
  if (small) {
    throw new ApiError(
      400,
      'InvalidParameter.CPU.Memory',
      `The containers' limits, ${limits.Cpu} vCPU and ${limits.Memory} GiB in sum, exceed ${small.label}.`,
    );
  }
  return capacities;
}

function ofLabel(label: string, request: CreateParameters, scenario: Scenario): Capacity {
  const size = SIZE.exec(label);
  if (size) return { ...sizeOf(Number(size[1]), Number(size[2]), request, scenario), label };
  const capacity = capacityOfType(label, scenario);
  if (!capacity) {
    throw new ApiError(400, 'InvalidInstanceTypeForEciBuy', `The instance type ${label} is not sold through ECI.`);
  }
  const { architecture } = scenario.instance_type.find(({ name }) => name === label) ?? {};
  const wanted = request.CpuArchitecture ?? 'AMD64';
  if (architecture?.toUpperCase() !== wanted) {
    // The code is the reference's, its text is not.
    throw new ApiError(400, 'InstanceTypeNotMatchCpuArch', `The instance type ${label} is not of ${wanted}.`);
  }
  return capacity;
}

/** Without a size the containers' limits are summed up; without those it is 2 vCPU and 4 GiB. */
function sizeOf(
  cpu: number | undefined,
  memory: number | undefined,
  request: CreateParameters,
  scenario: Scenario,
): Capacity {
  const spot = request.SpotStrategy !== 'NoSpot';
  const limits = containerLimits(request);
  const wantedCpu = cpu ?? (limits.Cpu || 2);
  const wantedMemory = memory ?? (limits.Memory || 4);
  const capacity = capacityOfSize(wantedCpu, wantedMemory, scenario, spot);
  if (!capacity) {
    throw new ApiError(400, 'InvalidParameter.CPU.Memory', `${wantedCpu} vCPU and ${wantedMemory} GiB are not sold.`);
  }
  if (spot && !isSpotSize(capacity)) {
    throw new ApiError(
      400,
      'InvalidSpotCpuMemorySpec',
      `${wantedCpu} vCPU and ${wantedMemory} GiB are not sold as spot: that takes 2 vCPU, and a GiB for each.`,
    );
  }
  return capacity;
}

/** A container may ask to be left out of the sum ("Ignore specific containers during resource adjustment"). */
function containerLimits({ Container }: CreateParameters): { readonly Cpu: number; readonly Memory: number } {
  const counted = Container.filter(
    (each) => !each.EnvironmentVar.some(({ Key, Value }) => Key === '__ECI_RESOURCE_IGNORE__' && Value === 'TRUE'),
  );
  const sum = (field: 'Cpu' | 'Memory'): number => counted.reduce((total, each) => total + (each[field] ?? 0), 0);
  return { Cpu: sum('Cpu'), Memory: sum('Memory') };
}
