import { createHash } from 'node:crypto';
import { podParameters } from '../group/pod-parameters.ts';
import type { Settings } from '../settings/schema.ts';
import { parseSize } from '../settings/sections/place.ts';
import { canBeSpot } from './capacity-rules.ts';
import type { Size } from './sizes.ts';

export interface Instance {
  /** As the operator wrote it: `ecs.c6.2xlarge`, `8-16Gi`. */
  readonly label: string;
  readonly type?: string;
  /** vCPU and GiB, when the label is a size. */
  readonly size?: Size;
}

type Policy = 'spot' | 'on-demand';

/** One attempt of a plan: where, what, at which kind of price. */
export interface Choice {
  readonly vswitch: { readonly id: string; readonly zone: string };
  readonly instance: Instance;
  readonly policy: Policy;
  /** Price an hour, where it is known. */
  readonly price?: number;
}

/** @returns the present price an hour, undefined where it is not known. */
export type PriceOf = (zone: string, label: string, policy: Policy) => number | undefined;

export interface PresentPrices {
  readonly priceOf: PriceOf;
  /** Why some prices could not be had. */
  readonly problem?: string;
}

export interface Plan {
  readonly choices: readonly Choice[];
  /** What the price cap left out. */
  readonly tooExpensive: readonly Choice[];
  /** Sizes that are left out of the spot attempts, because ECI does not sell them so. */
  readonly notSpot: readonly string[];
  /** Why some prices are not known, when that matters. */
  readonly priceProblem?: string;
}

const UNKNOWN: PresentPrices = { priceOf: () => undefined };

/**
 * Every attempt, in the order in which they are made: spot before on-demand; within that by price when the settings say so, and otherwise
 * (also among equal and unknown prices) zone by zone, within a zone type by type. A pure function.
 * @param spotLast for a job that has lost a spot instance: on-demand first, whatever comes last otherwise.
 *
 * One vSwitch and one type go into each call. The API would take several at once, but then a refusal does not say which of them
 * is empty, and a `ScheduleFailed` after create loses all of them together; a refusal itself costs a few tenths of a second. So the log
 * can name each door that was closed, and what was learned about one is exact.
 */
export function planAttempts(
  settings: Settings,
  { priceOf, problem }: PresentPrices = UNKNOWN,
  spotLast = false,
): Plan {
  const instances = settings.instance_types.map(parseInstance);
  const { strategy } = settings.spot;
  const policies = policiesOf(settings.spot, spotLast);
  const notSpot = strategy === 'NoSpot' ? [] : settings.instance_types.filter((label) => !canBeSpot(label));
  const sold = (policy: Policy): readonly Instance[] =>
    instances.filter(({ label }) => policy === 'on-demand' || !notSpot.includes(label));
  const all = policies.map((policy) => round(settings, sold(policy), policy, priceOf)).flat();
  const allowed = (choice: Choice): boolean => isAffordable(choice, settings.max_price);
  const tooExpensive = all.filter((choice) => !allowed(choice));
  const unknown = problem !== undefined && tooExpensive.some((choice) => choice.price === undefined);
  return { choices: all.filter(allowed), tooExpensive, notSpot, ...(unknown ? { priceProblem: problem } : {}) };
}

function policiesOf({ strategy, on_demand_fallback }: Settings['spot'], spotLast: boolean): readonly Policy[] {
  if (strategy === 'NoSpot') return ['on-demand'];
  if (spotLast) return ['on-demand', 'spot'];
  return on_demand_fallback ? ['spot', 'on-demand'] : ['spot'];
}

function round(settings: Settings, instances: readonly Instance[], policy: Policy, priceOf: PriceOf): Choice[] {
  const choices = settings.vswitch.flatMap((vswitch) =>
    instances.map((instance): Choice => {
      const price = priceOf(vswitch.zone, instance.label, policy);
      return { vswitch, instance, policy, ...(price === undefined ? {} : { price }) };
    }),
  );
  if (settings.order === 'configured') return choices;
  // Unknown prices come last: a cheap one that is known is worth more than a hope.
  return choices.sort((a, b) => (a.price ?? Infinity) - (b.price ?? Infinity) || 0);
}

/** ECI itself keeps a spot price below the limit that is sent with it. An on-demand price has to be known to be kept. */
const isAffordable = ({ policy, price }: Choice, highest: number | undefined): boolean =>
  highest === undefined || policy === 'spot' || (price !== undefined && price <= highest);

export function parseInstance(label: string): Instance {
  const size = parseSize(label);
  return size ? { label, size } : { label, type: label };
}

/** Strategy and limit of a spot attempt: the price cap bounds also who follows the market. */
export function spotPrice({ spot, max_price }: Settings): { strategy: Settings['spot']['strategy']; limit?: number } {
  const limits = [spot.strategy === 'SpotWithPriceLimit' ? spot.price_limit : undefined, max_price].filter(
    (each) => each !== undefined,
  );
  return limits.length === 0
    ? { strategy: spot.strategy }
    : { strategy: 'SpotWithPriceLimit', limit: Math.min(...limits) };
}

/** What one refusal says something about: a zone's spot stock may be empty for one limit and not for another. */
export function doorOf({ vswitch, instance, policy }: Choice, settings: Settings): string {
  const { limit } = spotPrice(settings);
  const price = policy === 'spot' && limit !== undefined ? `spot-${limit}` : policy;
  // What a job asks for besides can be scarce too: such a job learns nothing about the doors of others.
  const more = JSON.stringify({ ...podParameters(settings), ...settings.parameters });
  const special = more === '{}' ? [] : [createHash('sha256').update(more).digest('hex').slice(0, 12)];
  return [settings.region, vswitch.id, instance.label, price, ...special].join('_');
}
