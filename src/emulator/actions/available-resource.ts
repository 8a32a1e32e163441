import * as z from 'zod';
import type { Cloud } from '../cloud/cloud.ts';
import { capacityOfType } from '../cloud/pricing.ts';
import { invalid } from '../wire/api-error.ts';
import type { FlatParameters } from '../wire/parameters.ts';
import { checkRegion } from './check-region.ts';
import { decimal, int, legacyOwner, regionId, text } from './leaf-types.ts';
import { parseParameters } from './parse-parameters.ts';

const parameters = z.strictObject({
  RegionId: regionId,
  ZoneId: text().optional(),
  DestinationResource: z.strictObject({
    Category: z.enum(['InstanceTypeFamily', 'InstanceType']),
    Value: text().optional(),
    Cores: int().optional(),
    Memory: decimal.optional(),
  }),
  SpotResource: z
    .strictObject({
      SpotStrategy: z.enum(['NoSpot', 'SpotWithPriceLimit', 'SpotAsPriceGo']).optional(),
      SpotDuration: int(0, 6).optional(),
      SpotPriceLimit: decimal.optional(),
    })
    .optional(),
  ...legacyOwner,
});

/** `ecs.c6.2xlarge` is of the family `ecs.c6`. */
const familyOf = (type: string): string => type.split('.').slice(0, 2).join('.');

/** DescribeAvailableResource: which types have stock where. A hint, as the real one: the next create call may be told otherwise. */
export function describeAvailableResource(flat: FlatParameters, cloud: Cloud): Record<string, unknown> {
  const request = parseParameters(parameters, flat);
  const { scenario } = cloud;
  checkRegion(request.RegionId, scenario);
  const { Category, Value, Cores, Memory } = request.DestinationResource;
  const spot = (request.SpotResource?.SpotStrategy ?? 'NoSpot') !== 'NoSpot';
  if (spot && Category !== 'InstanceType') {
    throw invalid('DestinationResource.Category', 'spot resources are told by InstanceType only');
  }
  const policy = spot ? 'spot' : 'on-demand';
  const types = scenario.instance_type.filter(
    (type) =>
      (Value === undefined || Value === (Category === 'InstanceType' ? type.name : familyOf(type.name))) &&
      (Cores === undefined || type.cpu === Cores) &&
      (Memory === undefined || type.memory === Memory),
  );
  const zones = [...new Set(scenario.vswitch.map((each) => each.zone))];
  return {
    AvailableZones: {
      AvailableZone: zones
        .filter((zone) => request.ZoneId === undefined || zone === request.ZoneId)
        .map((zone) => {
          const inStock = (type: string): boolean => {
            const capacity = capacityOfType(type, scenario);
            return capacity !== undefined && cloud.inStock(zone, capacity, policy, 'look').kind === 'available';
          };
          const values =
            Category === 'InstanceType'
              ? types.map(({ name }) => ({ value: name, has: inStock(name) }))
              : [...new Set(types.map(({ name }) => familyOf(name)))].map((family) => ({
                  value: family,
                  has: types.some(({ name }) => familyOf(name) === family && inStock(name)),
                }));
          return {
            RegionId: scenario.region,
            ZoneId: zone,
            AvailableResources: {
              AvailableResource: [
                {
                  Type: Category,
                  SupportedResources: {
                    SupportedResource: values.map(({ value, has }) => ({
                      Value: value,
                      StatusCategory: has ? 'WithStock' : 'WithoutStock',
                    })),
                  },
                },
              ],
            },
          };
        }),
    },
  };
}
