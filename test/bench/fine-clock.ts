/** Milliseconds. Long enough for the time of day to tick several times. */
const WATCHED = 3;

/**
 * The time of day in milliseconds since the epoch, with fractions: `Date.now()` has whole ones only. How far it is ahead of the steady clock is
 * what it is ahead at most, which is right after a tick. It does not follow later corrections of the time of day.
 */
export function fineClock(timeOfDay = () => Date.now(), steady = () => performance.now()): () => number {
  const until = steady() + WATCHED;
  let ahead = -Infinity;
  for (let at = steady(); at < until;) {
    const time = timeOfDay();
    at = steady();
    ahead = Math.max(ahead, time - at);
  }
  return () => steady() + ahead;
}
