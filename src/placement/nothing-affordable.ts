import { DriverError } from '../driver-error.ts';
import type { Settings } from '../settings/schema.ts';
import type { Plan } from './plan.ts';
import { placeText } from './story.ts';

/** Why a plan has no attempt: max_price leaves out all of its places, which are named with their prices. */
export function nothingAffordable(
  { tooExpensive, priceProblem }: Plan,
  { max_price, currency }: Settings,
): DriverError {
  if (priceProblem !== undefined) {
    return new DriverError('platform', `The prices that max_price needs could not be had: ${priceProblem}`, {
      hint: 'The runner tries again. Check that the RAM policy allows eci:DescribeContainerGroupPrice.',
    });
  }
  const prices = tooExpensive.map(
    (each) => `  ${placeText(each)}: ${each.price === undefined ? 'price not known' : `${currency} ${each.price}/h`}`,
  );
  return new DriverError(
    'operator',
    `Nothing that the settings name is known to cost at most max_price, ${currency} ${max_price}/h.`,
    { hint: 'Raise max_price, add cheaper instance_types, or use spot.', details: prices.join('\n') },
  );
}
