import type { Clock } from '../context.ts';

/** Seconds between two looks at a group grow to this, or stay at poll_interval where that is longer. */
const LONGEST_INTERVAL = 15;
const GROWTH = 1.4;

/** Pauses of a wait: poll_interval first, then growing, never beyond what is left until the deadline. */
export class Polling {
  private readonly clock: Clock;
  private readonly signal: AbortSignal;
  private readonly longest: number;
  private interval: number;

  /** @param pollInterval in seconds. */
  constructor(pollInterval: number, clock: Clock, signal: AbortSignal) {
    this.clock = clock;
    this.signal = signal;
    this.interval = pollInterval * 1000;
    this.longest = Math.max(pollInterval, LONGEST_INTERVAL) * 1000;
  }

  /** @param deadline in milliseconds since the epoch. */
  async pause(deadline: number): Promise<void> {
    await this.clock.sleep(Math.max(0, Math.min(this.interval, deadline - this.clock.now())), this.signal);
    this.interval = Math.min(this.longest, this.interval * GROWTH);
  }
}
