import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** A clock that stands still until it is advanced; it fits the driver's waits and the cloud's. */
export class ManualClock {
  private time = Date.parse('2026-01-02T03:04:05Z');
  private sleepers: Sleeper[] = [];

  now(): number {
    return this.time;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.sleepers = this.sleepers.filter((each) => each !== sleeper);
        reject(signal?.reason as Error);
      };
      const wake = (): void => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const sleeper = { at: this.time + milliseconds, wake };
      this.sleepers.push(sleeper);
      signal?.addEventListener('abort', leave, { once: true });
      if (signal?.aborted) leave();
    });
  }

  /**
   * Advances from one sleeper to the next until a promise has settled. Nothing moves while nobody sleeps: files are being read or written then.
   * @param limit in seconds of this clock.
   */
  async advanceUntil(settled: Promise<unknown>, limit = 7200): Promise<void> {
    let done = false;
    const mark = (): void => void (done = true);
    settled.then(mark, mark);
    for (const end = this.time + limit * 1000; !done && this.time < end;) {
      await pause(1);
      const next = Math.min(...this.sleepers.map((each) => each.at));
      if (!done && next < Number.POSITIVE_INFINITY) await this.advance(Math.max(0, next - this.time) / 1000);
    }
    if (!done) throw new Error(`nothing came of it within ${limit} s`);
  }

  /** Time in which nobody could run: everything that was due in it happens late, and at once. */
  async leap(seconds: number): Promise<void> {
    this.time += seconds * 1000;
    await this.advance(0);
  }

  /** Lets everything happen that is due in that time, in order. */
  async advance(seconds: number): Promise<void> {
    const until = this.time + seconds * 1000;
    for (;;) {
      await turn();
      const [next] = this.sleepers.filter((each) => each.at <= until).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.sleepers = this.sleepers.filter((each) => each !== next);
      this.time = Math.max(this.time, next.at);
      next.wake();
    }
    this.time = until;
  }
}
