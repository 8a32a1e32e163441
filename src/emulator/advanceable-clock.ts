import { setImmediate as turn } from 'node:timers/promises';
import type { CloudClock } from './clock.ts';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Node lets a longer timer fire at once, and a deadline may be a month away. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Turns of the event loop after a sleeper woke, in which everything that follows from it without waiting has happened. */
const TURNS = 10;

/**
 * The cloud's clock: it runs as the real one does, and can be advanced. Then everything that is due in that time happens in order, each at
 * its own moment, as if the time had passed.
 */
export class AdvanceableClock implements CloudClock {
  /** Milliseconds by which this clock is ahead. */
  private ahead = 0;
  /** While it is being advanced it stands still between two moments. */
  private standing: number | undefined;
  private sleepers: Sleeper[] = [];
  private timer: NodeJS.Timeout | undefined;
  private readonly busy = new Set<Promise<unknown>>();
  private advancing: Promise<void> = Promise.resolve();

  now(): number {
    return this.standing ?? Date.now() + this.ahead;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const leave = (): void => {
        this.sleepers = this.sleepers.filter((each) => each !== sleeper);
        // A timer that nobody waits for any more would keep the process alive.
        this.arm();
        reject(signal?.reason as Error);
      };
      const sleeper = {
        at: this.now() + milliseconds,
        wake: () => {
          signal?.removeEventListener('abort', leave);
          resolve();
        },
      };
      this.sleepers.push(sleeper);
      signal?.addEventListener('abort', leave, { once: true });
      this.arm();
    });
  }

  /** Work of real processes, which time that is advanced has to wait for: until it is done, or for `mostMs` real milliseconds. */
  waitFor<T>(work: Promise<T>, mostMs: number): Promise<T> {
    const patience = new AbortController();
    const bounded = Promise.race([
      work.catch(() => undefined),
      new Promise((resolve) => {
        const timer = setTimeout(resolve, mostMs);
        patience.signal.addEventListener('abort', () => clearTimeout(timer));
      }),
    ]).finally(() => {
      patience.abort();
      this.busy.delete(bounded);
    });
    this.busy.add(bounded);
    return work;
  }

  /** @returns when everything that was due has happened. One call after the other. */
  advance(seconds: number): Promise<void> {
    this.advancing = this.advancing.then(() => this.pass(seconds * 1000));
    return this.advancing;
  }

  private async pass(milliseconds: number): Promise<void> {
    const end = this.now() + milliseconds;
    this.standing = this.now();
    try {
      for (;;) {
        await this.settle();
        const next = this.takeNext(end);
        if (!next) break;
        this.standing = Math.max(this.standing, next.at);
        next.wake();
      }
    } finally {
      this.ahead = end - Date.now();
      this.standing = undefined;
      this.arm();
    }
  }

  private async settle(): Promise<void> {
    do {
      await Promise.all(this.busy);
      for (let count = 0; count < TURNS; count++) await turn();
    } while (this.busy.size > 0);
  }

  private takeNext(until: number): Sleeper | undefined {
    const next = this.sleepers.reduce<Sleeper | undefined>(
      (first, each) => (each.at <= until && (!first || each.at < first.at) ? each : first),
      undefined,
    );
    this.sleepers = this.sleepers.filter((each) => each !== next);
    return next;
  }

  /** The next real timer. While the clock is being advanced there is none. */
  private arm(): void {
    clearTimeout(this.timer);
    if (this.standing !== undefined || this.sleepers.length === 0) return;
    const first = Math.min(...this.sleepers.map((each) => each.at));
    this.timer = setTimeout(
      () => {
        if (this.standing !== undefined) return;
        for (let due = this.takeNext(this.now()); due; due = this.takeNext(this.now())) due.wake();
        this.arm();
      },
      Math.min(LONGEST_TIMER, Math.max(0, first - this.now())),
    );
  }
}
