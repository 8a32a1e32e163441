import * as z from 'zod/mini';
import { LARGEST, type Size, sizeFor } from '../../placement/sizes.ts';
import { integer, matching, price } from './rules.ts';

/** Where groups may be made, and at what price. */
export const VSwitch = z.strictObject({
  id: matching(/^vsw-[a-z0-9-]+$/, 'the id of a vSwitch, such as vsw-2ze0…'),
  zone: matching(/^[a-z]{2}[a-z0-9-]+$/, 'the zone of that vSwitch, such as cn-beijing-h'),
});

const SIZE = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)Gi$/;

/** @returns undefined when the label is no size. */
export function parseSize(label: string): Size | undefined {
  const [, cpu, memory] = SIZE.exec(label) ?? [];
  return cpu === undefined ? undefined : { cpu: Number(cpu), memory: Number(memory) };
}

/** An ECS type, or `vCPU-memory` in GiB as in the annotation `eci-use-specs`. */
export const INSTANCE_TYPE = /^(ecs\.[a-z0-9-]+\.[a-z0-9-]+|\d+(\.\d+)?-\d+(\.\d+)?Gi)$/;

/** ECI rounds a size up, as far as there is a larger one. */
export function isSold(label: string): boolean {
  const size = parseSize(label);
  return !size || (size.cpu > 0 && size.memory > 0 && sizeFor(size.cpu, size.memory, false) !== undefined);
}
export const SOLD_SIZES = `a size above nothing and up to ${LARGEST.cpu} vCPU and ${LARGEST.memory} GiB`;

export const MAX_INSTANCE_TYPES = 5;
export const instanceType = matching(
  INSTANCE_TYPE,
  'an ECS type such as ecs.c6.2xlarge or a size such as 8-16Gi',
).check(z.refine(isSold, `allowed is ${SOLD_SIZES}`));

export const Spot = z
  .strictObject({
    strategy: z._default(z.enum(['SpotAsPriceGo', 'SpotWithPriceLimit', 'NoSpot']), 'SpotAsPriceGo'),
    price_limit: z.optional(price),
    duration: z._default(integer(0, 6), 1),
    on_demand_fallback: z._default(z.boolean(), false),
    avoid_after_reclaim: z._default(z.boolean(), false),
  })
  .check(
    z.refine((spot) => spot.strategy !== 'SpotWithPriceLimit' || spot.price_limit !== undefined, {
      path: ['price_limit'],
      error: 'SpotWithPriceLimit needs a price_limit: a price per hour above 0 with at most 3 decimals',
    }),
  );
