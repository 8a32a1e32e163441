import { describe, expect, it } from 'vitest';
import { parsePrices } from '../../src/eci/parse-prices.ts';
import { presentPrices } from '../../src/placement/prices.ts';
import { priceCache } from '../../src/state/price-cache.ts';
import { eciError } from '../support/container-groups.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { settingsOf } from '../support/settings.ts';
import { host } from './capacity-search.ts';

const signal = new AbortController().signal;

describe('prices', () => {
  it('are asked for once in ten minutes by all jobs of a host', async () => {
    const clock = new ManualClock();
    const cache = priceCache(await host(), 'cn-beijing');
    let asked = 0;
    const prices = () => {
      asked++;
      return Promise.resolve([{ zone: 'cn-beijing-h', list: 1.5, spot: 0.3 }]);
    };
    const ports = { groups: { prices }, cache, clock, signal };
    const { priceOf } = await presentPrices(settingsOf(), ports);
    expect(priceOf('cn-beijing-h', 'ecs.c6.2xlarge', 'spot')).toBe(0.3);
    expect(priceOf('cn-beijing-h', 'ecs.c6.2xlarge', 'on-demand')).toBe(1.5);
    expect(priceOf('cn-beijing-k', 'ecs.c6.2xlarge', 'spot')).toBeUndefined();
    await presentPrices(settingsOf(), ports);
    expect(asked).toBe(1);
    await clock.advance(601);
    await presentPrices(settingsOf(), ports);
    expect(asked).toBe(2);
  });

  it('are asked for by one of the jobs that start at the same moment; the others wait for its answer', async () => {
    const clock = new ManualClock();
    const folder = await host();
    let asked = 0;
    const prices = async () => {
      asked++;
      await clock.sleep(700);
      return [{ zone: 'cn-beijing-h', list: 1.5, spot: 0.3 }];
    };
    const jobs = Array.from({ length: 20 }, () =>
      presentPrices(settingsOf(), {
        groups: { prices },
        cache: priceCache(folder, 'cn-beijing'),
        clock,
        signal: new AbortController().signal,
      }),
    );
    await clock.advanceUntil(Promise.all(jobs));
    const found = (await Promise.all(jobs)).map(({ priceOf }) => priceOf('cn-beijing-h', 'ecs.c6.2xlarge', 'spot'));
    expect(found).toEqual(Array(20).fill(0.3));
    expect(asked).toBe(1);
  });

  it('are asked for by one of those that wait when the job that wanted to ask has died', async () => {
    const clock = new ManualClock();
    const cache = priceCache(await host(), 'cn-beijing');
    await cache.claim('ecs.c6.2xlarge', clock.now());
    let asked = 0;
    const prices = async () => {
      asked++;
      await clock.sleep(700);
      return [{ zone: 'cn-beijing-h', spot: 0.3 }];
    };
    const jobs = Array.from({ length: 20 }, () =>
      presentPrices(settingsOf(), { groups: { prices }, cache, clock, signal: new AbortController().signal }),
    );
    const found = Promise.all(jobs);
    await clock.advanceUntil(found);
    const spot = (await found).map(({ priceOf }) => priceOf('cn-beijing-h', 'ecs.c6.2xlarge', 'spot'));
    expect(spot).toEqual(Array(20).fill(0.3));
    expect(asked).toBe(1);
  });

  it('that could not be had are asked for again after half a minute, and the reason is told', async () => {
    const clock = new ManualClock();
    const cache = priceCache(await host(), 'cn-beijing');
    const answers = [() => Promise.reject(eciError('Throttling.User')), () => Promise.resolve([])];
    const ports = { groups: { prices: () => (answers.shift() ?? expect.unreachable())() }, cache, clock, signal };
    expect((await presentPrices(settingsOf(), ports)).problem).toBe('Throttling.User');
    await clock.advance(10);
    expect((await presentPrices(settingsOf(), ports)).problem).toBe('Throttling.User');
    await clock.advance(21);
    expect((await presentPrices(settingsOf(), ports)).problem).toBeUndefined();
  });

  it('are not waited for longer than five seconds', async () => {
    const clock = new ManualClock();
    const prices = (_spec: unknown, until?: AbortSignal) =>
      new Promise<never>((_resolve, reject) => {
        until?.addEventListener('abort', () => reject(until.reason as Error));
      });
    const ports = { groups: { prices }, cache: priceCache(await host(), 'cn-beijing'), clock, signal };
    const found = presentPrices(settingsOf(), ports);
    await clock.advanceUntil(found);
    expect((await found).problem).toBe('no answer within 5 s');
  });

  it('are not asked for at all when nothing depends on them', async () => {
    const groups = { prices: () => expect.unreachable() };
    const ports = { groups, cache: priceCache('/nonexistent', 'r'), clock: new ManualClock(), signal };
    const { priceOf } = await presentPrices(settingsOf('order = "configured"'), ports);
    expect(priceOf('cn-beijing-h', 'ecs.c6.2xlarge', 'spot')).toBeUndefined();
  });
});

describe('an answer of DescribeContainerGroupPrice', () => {
  const spot = (ZoneId: string, OriginPrice: number, SpotPrice: number) => ({ ZoneId, OriginPrice, SpotPrice });

  it('of a type has prices by zone and hour', () => {
    const body = { PriceInfo: { Price: { TradePrice: 0.6 }, SpotPrices: { SpotPrice: [spot('z-1', 0.622, 0.056)] } } };
    expect(parsePrices(body, false)).toEqual([{ zone: 'z-1', list: 0.622, spot: 0.056 }]);
  });

  it('of a size has a price per second for all zones, and the cheapest type that fits for spot', () => {
    const SpotPrice = [spot('z-1', 0.7, 0.09), spot('z-1', 0.622, 0.056)];
    const body = { PriceInfo: { Price: { TradePrice: 0.0001 }, SpotPrices: { SpotPrice } } };
    expect(parsePrices(body, true)).toEqual([
      { zone: 'z-1', list: expect.closeTo(0.36, 9) as number, spot: 0.056 },
      { zone: '', list: expect.closeTo(0.36, 9) as number },
    ]);
  });

  it('that is none is told apart', () => expect(parsePrices({ RequestId: 'x' }, false)).toBeUndefined());
});
