import { DriverError } from '../driver-error.ts';
import type { Settings } from '../settings/schema.ts';
import { type Plan, planAttempts, type PresentPrices } from './plan.ts';
import { placeText } from './story.ts';

/**
 * Why a plan has no attempt: max_price leaves out all of its places, which are named with their prices.
 * @param unwished the settings as they are for a job that asks for nothing; undefined where those make no group.
 * @returns the author's to act on where the job has asked for what is too expensive, else the operator's.
 */
export function nothingAffordable(
  { tooExpensive, priceProblem }: Plan,
  settings: Settings,
  unwished: Settings | undefined,
  prices: PresentPrices,
): DriverError {
  if (priceProblem !== undefined) {
    return new DriverError('platform', `The prices that max_price needs could not be had: ${priceProblem}`, {
      hint: 'The runner tries again. Check that the RAM policy allows eci:DescribeContainerGroupPrice.',
    });
  }
  const { max_price, currency, instance_types } = settings;
  const details = tooExpensive
    .map(
      (each) =>
        `  ${placeText(each)}: ${each.price === undefined ? 'price not known' : `${currency} ${rounded(each.price)}/h`}`,
    )
    .join('\n');
  const limit = `is known to cost at most max_price, ${currency} ${max_price}/h.`;
  return isWished(settings, unwished, prices)
    ? new DriverError('user', `Nothing that the job asks for (${instance_types.join(', ')}) ${limit}`, {
        hint: 'Let the job ask for less, or for spot (docs/job-variables.md), or ask the operator of this runner to raise max_price.',
        details,
      })
    : new DriverError('operator', `Nothing that the settings name ${limit}`, {
        hint: 'Raise max_price, add cheaper instance_types, or use spot.',
        details,
      });
}

/** Prices are sums, which bring digits that no price has. */
const rounded = (price: number): number => Number(price.toFixed(6));

/** The job names the specs or has brought about their size, or of the operator's specs something would be left without its wishes. */
function isWished(settings: Settings, unwished: Settings | undefined, prices: PresentPrices): boolean {
  if (unwished === undefined) return true;
  const [specs, theirs] = [new Set(settings.instance_types), new Set(unwished.instance_types)];
  const isTheirs = specs.size === theirs.size && [...specs].every((each) => theirs.has(each));
  return !isTheirs || planAttempts(unwished, prices).choices.length > 0;
}
