import type { CloudClock } from '../clock.ts';
import type { GroupState } from './group-state.ts';

/** Milliseconds between two looks at price and stock, once the protection is over ("Spot instances"). */
const INTERVAL = 300_000;

export interface SpotMarket {
  readonly price: () => number;
  readonly hasStock: () => boolean;
}

/** Waits until the market takes a spot group back: its price above the bid, or its stock gone. Never resolves while it does not. */
export async function untilReclaimed(
  group: GroupState,
  market: SpotMarket,
  clock: CloudClock,
  signal: AbortSignal,
): Promise<void> {
  const { SpotStrategy, SpotPriceLimit } = group.request;
  const bid = SpotStrategy === 'SpotWithPriceLimit' ? (SpotPriceLimit ?? 0) : Infinity;
  await clock.sleep(Math.max(0, group.protectedUntil - clock.now()), signal);
  do await clock.sleep(INTERVAL, signal);
  while (market.price() <= bid && market.hasStock());
}
