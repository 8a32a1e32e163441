import * as z from 'zod';
import type { Cloud } from '../cloud/cloud.ts';
import { type Capacity, capacityOfSize, capacityOfType } from '../cloud/pricing.ts';
import { ApiError } from '../wire/api-error.ts';
import type { FlatParameters } from '../wire/parameters.ts';
import { checkRegion } from './check-region.ts';
import { decimal, int, legacyOwner, list, regionId, text } from './leaf-types.ts';
import { parseParameters } from './parse-parameters.ts';

const parameters = z.strictObject({
  RegionId: regionId,
  Cpu: decimal.optional(),
  Memory: decimal.optional(),
  InstanceType: text(1).optional(),
  ZoneId: text().optional(),
  SpotStrategy: z.enum(['NoSpot', 'SpotWithPriceLimit', 'SpotAsPriceGo']).default('NoSpot'),
  SpotPriceLimit: decimal.optional(),
  SpotDuration: int(0, 6).optional(),
  EphemeralStorage: int(0, 5000).optional(),
  ComputeCategory: list(text(1), 2).optional(),
  ...legacyOwner,
});

type Request = z.output<typeof parameters>;

const SECONDS_PER_HOUR = 3600;

/**
 * DescribeContainerGroupPrice. Of a size the price is per second, as in the reference's sample, while spot prices are per hour. The unit of the
 * price of a type no page tells: it is per hour here.
 */
export function describeContainerGroupPrice(flat: FlatParameters, cloud: Cloud): Record<string, unknown> {
  const request = parseParameters(parameters, flat);
  checkRegion(request.RegionId, cloud.scenario);
  const spot = request.SpotStrategy !== 'NoSpot';
  const capacity = capacityOf(request, cloud, spot);
  const general = capacity.listPricePerHour / (request.InstanceType === undefined ? SECONDS_PER_HOUR : 1);
  const zones = [...new Set(cloud.scenario.vswitch.map((each) => each.zone))].filter(
    (zone) => request.ZoneId === undefined || zone === request.ZoneId,
  );
  return {
    PriceInfo: {
      Price: {
        Currency: cloud.scenario.currency,
        OriginalPrice: general,
        DiscountPrice: 0,
        TradePrice: general,
        DetailInfos: { DetailInfo: [] },
      },
      Rules: { Rule: [] },
      SpotPrices: {
        SpotPrice: spot
          ? zones.map((zone) => ({
              ZoneId: zone,
              InstanceType: capacity.instanceType,
              OriginPrice: capacity.listPricePerHour,
              SpotPrice: cloud.market.spotPrice(zone, capacity),
            }))
          : [],
      },
    },
  };
}

function capacityOf({ InstanceType, Cpu, Memory }: Request, { scenario }: Cloud, spot: boolean): Capacity {
  if (InstanceType !== undefined) {
    const capacity = capacityOfType(InstanceType, scenario);
    if (capacity) return capacity;
    throw new ApiError(400, 'InvalidInstanceTypeForEciBuy', `The instance type ${InstanceType} is not sold.`);
  }
  const capacity = capacityOfSize(Cpu ?? 2, Memory ?? 4, scenario, spot);
  if (capacity) return capacity;
  throw new ApiError(400, 'InvalidParameter.CPU.Memory', `${Cpu} vCPU and ${Memory} GiB are not sold.`);
}
