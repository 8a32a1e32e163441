import { setTimeout as sleep } from 'node:timers/promises';

/** The cloud's time: everything that happens by itself in the emulator asks this clock. */
export interface CloudClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Rejects with the signal's reason when it is aborted first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const realTime: CloudClock = {
  now: () => Date.now(),
  sleep: async (milliseconds, signal) => {
    await sleep(milliseconds, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted());
  },
};

/** RFC 3339 in UTC with whole seconds, as the API writes times. */
export const wireTime = (milliseconds: number | undefined): string =>
  milliseconds === undefined ? '' : new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
