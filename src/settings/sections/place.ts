import * as z from 'zod/mini';
import { integer, matching, price } from './rules.ts';

/** Where groups may be made, and at what price. */
export const VSwitch = z.strictObject({
  id: matching(/^vsw-[a-z0-9-]+$/, 'the id of a vSwitch, such as vsw-2ze0…'),
  zone: matching(/^[a-z]{2}[a-z0-9-]+$/, 'the zone of that vSwitch, such as cn-beijing-h'),
});

/** An ECS type, or `vCPU-memory` in GiB as in the annotation `eci-use-specs`. */
export const SIZE = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)Gi$/;
export const INSTANCE_TYPE = /^(ecs\.[a-z0-9-]+\.[a-z0-9-]+|\d+(\.\d+)?-\d+(\.\d+)?Gi)$/;
export const MAX_INSTANCE_TYPES = 5;
export const instanceType = matching(INSTANCE_TYPE, 'an ECS type such as ecs.c6.2xlarge or a size such as 8-16Gi');

export const Spot = z
  .strictObject({
    strategy: z._default(z.enum(['SpotAsPriceGo', 'SpotWithPriceLimit', 'NoSpot']), 'SpotAsPriceGo'),
    price_limit: z.optional(price),
    duration: z._default(integer(0, 6), 1),
    on_demand_fallback: z._default(z.boolean(), false),
  })
  .check(
    z.refine((spot) => spot.strategy !== 'SpotWithPriceLimit' || spot.price_limit !== undefined, {
      path: ['price_limit'],
      error: 'SpotWithPriceLimit needs a price_limit: a price per hour above 0 with at most 3 decimals',
    }),
  );
