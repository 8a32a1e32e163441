import { setImmediate as turn } from 'node:timers/promises';
import type { CloudClock } from '../../src/emulator/clock.ts';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** A cloud's clock that stands still until it is advanced. */
export class ManualClock implements CloudClock {
  private time = Date.parse('2026-01-02T03:04:05Z');
  private sleepers: Sleeper[] = [];

  now(): number {
    return this.time;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const sleeper = { at: this.time + milliseconds, wake: resolve };
      this.sleepers.push(sleeper);
      signal?.addEventListener('abort', () => {
        this.sleepers = this.sleepers.filter((each) => each !== sleeper);
        reject(signal.reason as Error);
      });
      if (signal?.aborted) reject(signal.reason as Error);
    });
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
