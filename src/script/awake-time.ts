import type { Clock } from '../context.ts';

/** Milliseconds. */
const TICK = 1000;
/** A tick that takes longer than this was not spent waiting: the process was stopped, the manager slept, or its clock was set. */
const LONGEST_TICK = 2 * TICK;

/**
 * Counts the time in which this process could have heard something. Silence while the manager slept says nothing about the other side.
 * @returns milliseconds since the call, without those in which the process did not run. It counts until the signal.
 */
export function awakeTime(clock: Clock, over: AbortSignal): () => number {
  let awake = 0;
  let last = clock.now();
  const count = (): number => {
    const now = clock.now();
    awake += Math.min(LONGEST_TICK, Math.max(0, now - last));
    last = now;
    return awake;
  };
  const tick = async (): Promise<void> => {
    while (!over.aborted) {
      await clock.sleep(TICK, over).catch(() => undefined);
      count();
    }
  };
  void tick();
  return count;
}
