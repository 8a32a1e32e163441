import type { Clock } from '../context.ts';
import { type ContainerGroups, EciError } from '../eci/container-groups.ts';
import type { Settings } from '../settings/schema.ts';
import { timeLimit } from '../time-limit.ts';
import type { CachedPrices, PriceCache } from '../state/price-cache.ts';
import { parseInstance, type PriceOf } from './plan.ts';

/** Milliseconds. An order by price is not worth a longer wait. */
const PATIENCE = 5000;

/** Milliseconds. Spot prices move by the hour, and jobs of the same minutes need not ask again. */
const FRESH = 10 * 60_000;

interface PricePorts {
  readonly groups: Pick<ContainerGroups, 'prices'>;
  readonly cache: PriceCache;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Present prices of everything that the settings name, asked for when the plan depends on them. A price that cannot be had is unknown, and
 * no reason to fail: the API may be busy, or the RAM policy may not allow the question.
 */
export async function presentPrices(settings: Settings, ports: PricePorts): Promise<PriceOf> {
  if (settings.order === 'configured' && settings.max_price === undefined) return () => undefined;
  const books = new Map(
    await Promise.all(settings.instance_types.map(async (label) => [label, await pricesOf(label, ports)] as const)),
  );
  return (zone, label, policy) => {
    const zones = books.get(label)?.zones ?? [];
    // A price without a zone holds in all of them.
    const found = zones.find((each) => each.zone === zone) ?? zones.find((each) => each.zone === '');
    return policy === 'spot' ? found?.spot : found?.list;
  };
}

async function pricesOf(label: string, { groups, cache, clock, signal }: PricePorts): Promise<CachedPrices> {
  signal.throwIfAborted();
  const known = await cache.read(label);
  if (known && Math.abs(clock.now() - known.at) < FRESH) return known;
  const { size } = parseInstance(label);
  const spec = size ? { Cpu: size.cpu, Memory: size.memory } : { InstanceType: label };
  const limit = timeLimit(PATIENCE, clock, signal);
  const zones = await groups
    .prices(spec, limit.signal)
    .catch((error: unknown) => {
      signal.throwIfAborted();
      if (error instanceof EciError || limit.signal.aborted) return [];
      throw error;
    })
    .finally(limit.over);
  const prices = { at: clock.now(), zones: [...zones] };
  await cache.write(label, prices);
  return prices;
}
