import * as z from 'zod/mini';
import type { ZonePrice } from './container-groups.ts';

const figure = z.catch(z.nullish(z.number()), undefined);
const text = z.catch(z.nullish(z.string()), undefined);

/** The wrapper style of older actions: a list stands in an object of its own. */
const Answer = z.object({
  PriceInfo: z.object({
    Price: z.nullish(z.object({ TradePrice: figure })),
    SpotPrices: z.nullish(
      z.object({
        SpotPrice: z.nullish(z.array(z.object({ ZoneId: text, OriginPrice: figure, SpotPrice: figure }))),
      }),
    ),
  }),
});

const SECONDS_PER_HOUR = 3600;

/**
 * Hourly prices from an answer of DescribeContainerGroupPrice. Spot and list prices by zone are per hour. The general price is per second
 * when a size was asked for; for a type no page tells its unit, so it is not used then.
 * @returns undefined when the body is not an answer of that action.
 */
export function parsePrices(body: unknown, ofSize: boolean): readonly ZonePrice[] | undefined {
  const answer = Answer.safeParse(body);
  if (!answer.success) return undefined;
  const { Price, SpotPrices } = answer.data.PriceInfo;
  const perSecond = ofSize ? Price?.TradePrice : undefined;
  const general: ZonePrice[] = typeof perSecond === 'number' ? [{ zone: '', list: perSecond * SECONDS_PER_HOUR }] : [];
  // A size can match several types in a zone: the platform takes the cheapest that it has.
  const zones = new Map<string, { zone: string; list?: number; spot?: number }>();
  for (const { ZoneId, OriginPrice, SpotPrice } of SpotPrices?.SpotPrice ?? []) {
    if (!ZoneId) continue;
    const known = zones.get(ZoneId) ?? { zone: ZoneId };
    zones.set(ZoneId, {
      zone: ZoneId,
      ...lowest('list', known.list, ofSize ? general[0]?.list : (OriginPrice ?? undefined)),
      ...lowest('spot', known.spot, SpotPrice ?? undefined),
    });
  }
  return [...zones.values(), ...general];
}

function lowest<Name extends 'list' | 'spot'>(name: Name, a: number | undefined, b: number | undefined) {
  const known = [a, b].filter((each) => each !== undefined);
  return known.length === 0 ? {} : ({ [name]: Math.min(...known) } as Record<Name, number>);
}
