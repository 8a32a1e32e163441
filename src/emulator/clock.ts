/** The cloud's time: everything that happens by itself in the emulator asks this clock. */
export interface CloudClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Rejects with the signal's reason when it is aborted first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /**
   * Work of real processes, which a clock that can be advanced waits for, at most so many real milliseconds. Clocks that cannot let it be.
   * @returns the work itself.
   */
  waitFor?<T>(work: Promise<T>, mostMs: number): Promise<T>;
}

/** RFC 3339 in UTC with whole seconds, as the API writes times. */
export const wireTime = (milliseconds: number | undefined): string =>
  milliseconds === undefined ? '' : new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
