import * as z from 'zod';
import type { Cloud } from '../cloud/cloud.ts';
import { MOST_CACHES } from '../cloud/image-caches.ts';
import type { FlatParameters } from '../wire/parameters.ts';
import { checkRegion } from './check-region.ts';
import { legacyOwner, regionId } from './leaf-types.ts';
import { parseParameters } from './parse-parameters.ts';

const usageParameters = z.strictObject({ RegionId: regionId, ...legacyOwner });
const regionParameters = z.strictObject({ RegionId: regionId.optional(), ...legacyOwner });

/** ListUsage: quotas of the region and what is used of them. */
export function listUsage(flat: FlatParameters, cloud: Cloud): Record<string, unknown> {
  checkRegion(parseParameters(usageParameters, flat).RegionId, cloud.scenario);
  const caches = cloud.imageCaches.list();
  return {
    Attributes: {
      UsedCpu: cloud.account.usedCpu(cloud.groups()),
      MaxCpu: cloud.account.maxCpu,
      UsedImageCacheCount: caches.filter((each) => !each.automatic).length,
      MaxImageCacheCount: MOST_CACHES,
      UsedAutoImageCacheCount: caches.filter((each) => each.automatic).length,
      MaxAutoImageCacheCount: MOST_CACHES,
      UsedDataCacheCount: 0,
      MaxDataCacheCount: 0,
    },
  };
}

/** DescribeRegions: the one region that the emulator plays. */
export function describeRegions(flat: FlatParameters, { scenario }: Cloud): Record<string, unknown> {
  parseParameters(regionParameters, flat);
  const zones = [...new Set(scenario.vswitch.map((each) => each.zone))];
  return {
    Regions: [
      {
        RegionId: scenario.region,
        RegionEndpoint: `eci.${scenario.region}.aliyuncs.com`,
        Zones: zones,
        RecommendZones: zones,
        UnavailableZones: [],
      },
    ],
  };
}
