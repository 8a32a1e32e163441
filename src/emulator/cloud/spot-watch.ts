import type { CloudClock } from '../clock.ts';
import type { GroupState } from './group-state.ts';
import type { Market } from './market.ts';

const HOUR = 3_600_000;
/** Milliseconds between two looks at price and stock, once the protection is over ("Spot instances"). */
const INTERVAL = 300_000;

/** When the protection of a spot group ends, in milliseconds since the epoch. One hour is the default. */
export const protectedUntil = ({ createdAt, request }: GroupState): number =>
  createdAt + (request.SpotDuration ?? 1) * HOUR;

/** Waits until the market takes a spot group back: its price above the bid, or its stock gone. Never resolves while it does not. */
export async function untilReclaimed(
  group: GroupState,
  market: Market,
  clock: CloudClock,
  signal: AbortSignal,
): Promise<void> {
  const { SpotStrategy, SpotPriceLimit } = group.request;
  const bid = SpotStrategy === 'SpotWithPriceLimit' ? (SpotPriceLimit ?? 0) : Infinity;
  const { zone } = group.vswitch;
  await clock.sleep(Math.max(0, protectedUntil(group) - clock.now()), signal);
  while (market.spotPrice(zone, group.capacity) <= bid && !market.isOut(zone, group.capacity.label, 'spot')) {
    await clock.sleep(INTERVAL, signal);
  }
}
