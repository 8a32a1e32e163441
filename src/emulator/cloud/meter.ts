/** Prices move at most this often, in milliseconds. */
const PRICE_STEP = 300_000;

/** Counts the time in which something is billed, and what it costs at prices that may move meanwhile. */
export class Meter {
  private readonly now: () => number;
  /** Per hour. */
  private readonly priceAt: (at: number) => number;
  /** A moment of its own at which the price may change. */
  private readonly turn: number;
  private milliseconds = 0;
  private amount = 0;
  private since: number | undefined;

  constructor(now: () => number, priceAt: (at: number) => number, turn: number) {
    this.now = now;
    this.priceAt = priceAt;
    this.turn = turn;
  }

  run(running: boolean): void {
    if (running && this.since === undefined) this.since = this.now();
    if (running || this.since === undefined) return;
    const { seconds, amount } = this.read();
    this.milliseconds = seconds * 1000;
    this.amount = amount;
    this.since = undefined;
  }

  read(): { seconds: number; amount: number } {
    if (this.since === undefined) return { seconds: this.milliseconds / 1000, amount: this.amount };
    const now = this.now();
    let amount = this.amount;
    for (let at = this.since; at < now;) {
      const step = (Math.floor(at / PRICE_STEP) + 1) * PRICE_STEP;
      const next = Math.min(now, this.turn > at ? Math.min(step, this.turn) : step);
      amount += ((next - at) / 3_600_000) * this.priceAt(at);
      at = next;
    }
    return { seconds: (this.milliseconds + now - this.since) / 1000, amount };
  }
}
