import { setTimeout as sleep } from 'node:timers/promises';

/** The cloud's time: everything that happens by itself in the emulator asks this clock. */
export interface CloudClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Rejects with the signal's reason when it is aborted first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** Node lets a longer timer fire at once ("setTimeout": delays above 2147483647 become 1), and a deadline may be a month away. */
const LONGEST_TIMER = 2 ** 31 - 1;

export const realTime: CloudClock = {
  now: () => Date.now(),
  sleep: async (milliseconds, signal) => {
    signal?.throwIfAborted();
    for (let left = milliseconds; left > 0; left -= LONGEST_TIMER) {
      await sleep(Math.min(left, LONGEST_TIMER), undefined, signal ? { signal } : {}).catch(() =>
        signal?.throwIfAborted(),
      );
    }
  },
};

/** RFC 3339 in UTC with whole seconds, as the API writes times. */
export const wireTime = (milliseconds: number | undefined): string =>
  milliseconds === undefined ? '' : new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
