import type { CloudClock } from '../clock.ts';

/** MaxPendingMinute: time in Pending counts, time in which an init container runs does not ("Specify the maximum pending duration"). */
export class PendingLimit {
  private readonly clock: CloudClock;
  private readonly reached: () => void;
  private leftMs: number;
  private counting: { readonly since: number; readonly paused: AbortController } | undefined;

  constructor(clock: CloudClock, minutes: number, reached: () => void) {
    this.clock = clock;
    this.leftMs = minutes * 60_000;
    this.reached = reached;
  }

  count(): void {
    const paused = new AbortController();
    this.counting = { since: this.clock.now(), paused };
    void this.clock.sleep(this.leftMs, paused.signal).then(this.reached, () => undefined);
  }

  pause(): void {
    if (!this.counting) return;
    this.leftMs = Math.max(0, this.leftMs - (this.clock.now() - this.counting.since));
    this.counting.paused.abort();
    this.counting = undefined;
  }
}
