import type { Clock } from '../context.ts';
import { type ContainerGroups, EciError } from '../eci/container-groups.ts';
import type { Settings } from '../settings/schema.ts';
import { type CachedPrices, LONGEST_QUESTION, type PriceCache } from '../state/price-cache.ts';
import { timeLimit } from '../time-limit.ts';
import { parseInstance, type PresentPrices, type PriceOf } from './plan.ts';

/** Milliseconds. An order by price is not worth a longer wait. */
const PATIENCE = 5000;

/** Milliseconds for what another job has asked. If that one has died, one of those who wait asks in its place ({@link LONGEST_QUESTION}), and has time for it. */
const FOREIGN_PATIENCE = LONGEST_QUESTION + PATIENCE;

/** Milliseconds between two looks whether another job has the answer. */
const LOOK_AGAIN = 200;

/** Milliseconds. Spot prices move by the hour, and jobs of the same minutes need not ask again; a failure is soon over. */
const FRESH = 10 * 60_000;
const FRESH_FAILURE = 30_000;

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
export async function presentPrices(settings: Settings, ports: PricePorts): Promise<PresentPrices> {
  if (!dependsOnPrices(settings)) return NO_PRICES;
  const books = new Map(
    await Promise.all(settings.instance_types.map(async (label) => [label, await pricesOf(label, ports)] as const)),
  );
  const problem = [...books.values()].find((each) => each.failed !== undefined)?.failed;
  return { priceOf: priceIn(books), ...(problem === undefined ? {} : { problem }) };
}

/** The prices that jobs of this host were told last, however long ago: ECI is not asked. */
export async function rememberedPrices(settings: Settings, cache: Pick<PriceCache, 'read'>): Promise<PresentPrices> {
  if (!dependsOnPrices(settings)) return NO_PRICES;
  const books = await Promise.all(
    settings.instance_types.map(async (label) => [label, (await cache.read(label)) ?? { zones: [] }] as const),
  );
  return { priceOf: priceIn(new Map(books)) };
}

const NO_PRICES: PresentPrices = { priceOf: () => undefined };

const dependsOnPrices = ({ order, max_price }: Settings): boolean => order === 'price' || max_price !== undefined;

const priceIn =
  (books: ReadonlyMap<string, Pick<CachedPrices, 'zones'>>): PriceOf =>
  (zone, label, policy) => {
    const zones = books.get(label)?.zones ?? [];
    // A price without a zone holds in all of them.
    const found = zones.find((each) => each.zone === zone) ?? zones.find((each) => each.zone === '');
    return policy === 'spot' ? found?.spot : found?.list;
  };

async function pricesOf(label: string, ports: PricePorts): Promise<CachedPrices> {
  const { groups, cache, clock, signal } = ports;
  signal.throwIfAborted();
  const known = await knownOrMine(label, ports);
  if (known) return known;
  const { size } = parseInstance(label);
  const spec = size ? { Cpu: size.cpu, Memory: size.memory } : { InstanceType: label };
  const limit = timeLimit(PATIENCE, clock, signal);
  const prices = await groups
    .prices(spec, limit.signal)
    .then(
      (zones): CachedPrices => ({ at: clock.now(), zones: [...zones] }),
      (error: unknown): CachedPrices => {
        signal.throwIfAborted();
        if (!(error instanceof EciError || limit.signal.aborted)) throw error;
        const failed = error instanceof EciError ? error.message : `no answer within ${PATIENCE / 1000} s`;
        return { at: clock.now(), failed, zones: [] };
      },
    )
    .finally(limit.over);
  await cache.write(label, prices);
  return prices;
}

/** Of many jobs that start at the same time one asks. @returns undefined when this is the one, or the one has not told in time. */
async function knownOrMine(label: string, { cache, clock, signal }: PricePorts): Promise<CachedPrices | undefined> {
  const fresh = async (): Promise<CachedPrices | undefined> => {
    const known = await cache.read(label);
    const lasts = known?.failed === undefined ? FRESH : FRESH_FAILURE;
    return known && Math.abs(clock.now() - known.at) < lasts ? known : undefined;
  };
  const patience = clock.now() + FOREIGN_PATIENCE;
  for (;;) {
    const known = await fresh();
    if (known || clock.now() >= patience) return known;
    // Whoever asked before may have told between the two.
    if (await cache.claim(label, clock.now())) return fresh();
    await clock.sleep(LOOK_AGAIN, signal);
  }
}
