import { createHash } from 'node:crypto';
import type { CloudClock } from '../clock.ts';
import type { Scenario } from '../scenario.ts';
import type { Capacity } from './pricing.ts';

const HOUR = 3_600_000;

/**
 * Spot prices and stock that move by themselves. Everything follows from the scenario's seed and the time since the start: the same hour of the same
 * scenario is always the same.
 */
export class Market {
  private readonly rules: Scenario['market'];
  private readonly clock: CloudClock;
  /** Everything is counted from here, so that a scenario goes the same way at any time of the day. */
  private readonly start: number;

  constructor({ market }: Scenario, clock: CloudClock) {
    this.rules = market;
    this.clock = clock;
    this.start = clock.now();
  }

  /** Per hour: the type's own price, moved by up to `volatility` either way, a new aim every hour and a straight line in between. */
  spotPrice(
    zone: string,
    { label, instanceType, spotPricePerHour, listPricePerHour }: Capacity,
    at = this.clock.now(),
  ): number {
    const { volatility } = this.rules;
    if (volatility === 0) return spotPricePerHour;
    const hours = (at - this.start) / HOUR;
    const hour = Math.floor(hours);
    const aim = (which: number): number => 2 * this.chance('price', zone, instanceType || label, which) - 1;
    const share = hours - hour;
    const move = volatility * (aim(hour) * (1 - share) + aim(hour + 1) * share);
    // Never above the list price: who would buy.
    return round(Math.min(listPricePerHour, Math.max(0.001, spotPricePerHour * (1 + move))));
  }

  /** Whether a zone has none of a type at the moment. A gap lasts `stock_out_minutes`. */
  isOut(zone: string, { instanceType, cpu, memory }: Capacity, policy: string, at = this.clock.now()): boolean {
    const { stock_out_share, stock_out_minutes } = this.rules;
    const gap = Math.floor((at - this.start) / (stock_out_minutes * 60_000));
    return this.chance('stock', zone, `${instanceType || `${cpu}-${memory}Gi`} ${policy}`, gap) < stock_out_share;
  }

  /** From 0 to 1, evenly. */
  private chance(...what: readonly (string | number)[]): number {
    const digest = createHash('sha256')
      .update([this.rules.seed, ...what].join('\n'))
      .digest();
    return digest.readUInt32BE(0) / 2 ** 32;
  }
}

/** Prices have at most three decimals. */
const round = (price: number): number => Math.round(price * 1000) / 1000;
