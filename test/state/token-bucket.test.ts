import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bucket, fullBucket, lower, take } from '../../src/state/token-bucket.ts';

const LIMIT = { burst: 10, perSecond: 2 };

/** Takes so many at one moment. */
function takeAt(first: Bucket, now: number, count: number): { readonly bucket: Bucket; readonly waits: number[] } {
  const waits: number[] = [];
  let bucket = first;
  for (let index = 0; index < count; index++) {
    const taken = take(bucket, LIMIT, now, 1);
    bucket = taken.bucket;
    waits.push(taken.wait);
  }
  return { bucket, waits };
}

describe('a bucket of tokens', () => {
  it('lets the burst go at once and gives everybody behind it a turn of his own', () => {
    const { waits } = takeAt(fullBucket(LIMIT, 0), 0, 13);
    expect(waits).toEqual([...Array<number>(10).fill(0), 500, 1000, 1500]);
  });

  it('fills again, but never beyond the burst', () => {
    const { bucket } = takeAt(fullBucket(LIMIT, 0), 0, 10);
    expect(takeAt(bucket, 2000, 5).waits).toEqual([0, 0, 0, 0, 500]);
    expect(takeAt(bucket, 3_600_000, 11).waits.filter((wait) => wait > 0)).toEqual([500]);
  });

  it('lets nobody wait longer than half a minute, however many there are', () => {
    const { waits } = takeAt(fullBucket(LIMIT, 0), 0, 500);
    expect(Math.max(...waits)).toBe(30_000);
  });

  it('wakes those for whom there is no turn within half a minute at moments of their own', () => {
    const { bucket } = takeAt(fullBucket(LIMIT, 0), 0, 500);
    expect([0, 0.5, 1].map((random) => take(bucket, LIMIT, 0, random).wait)).toEqual([15_000, 22_500, 30_000]);
  });

  it('never lets more calls go in any span of time than the burst and the rate allow', () => {
    const calls = fc.array(fc.nat({ max: 900 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(calls, (gaps) => {
        let now = 0;
        let bucket = fullBucket(LIMIT, now);
        const turns = gaps.map((gap) => {
          now += gap;
          const taken = take(bucket, LIMIT, now, 1);
          bucket = taken.bucket;
          return now + taken.wait;
        });
        for (const [from, start] of turns.entries())
          for (const [to, end] of turns.entries())
            if (to >= from)
              expect(to - from + 1).toBeLessThanOrEqual(LIMIT.burst + ((end - start) / 1000) * LIMIT.perSecond + 1e-6);
      }),
    );
  });

  it('is empty after a throttled answer, half as fast, and as fast as before after half a minute', () => {
    const lowered = lower(fullBucket(LIMIT, 0), LIMIT, 5000, 4000);
    expect(takeAt(lowered, 5000, 2).waits).toEqual([1000, 2000]);
    const { bucket } = takeAt(lowered, 40_000, 10);
    expect(bucket.share).toBe(1);
  });

  it('is lowered once by the refusals of calls that were made at the same time, however late they come', () => {
    const lowered = lower(fullBucket(LIMIT, 0), LIMIT, 5000, 4000);
    const later = lower(lowered, LIMIT, 9000, 4900);
    expect(later.share).toBeCloseTo(0.5 + 4000 / 60_000, 5);
    expect(later.tokens).toBeGreaterThan(0);
  });

  it('is lowered once for a whole queue that had its turns at the old rate', () => {
    const { bucket: queued, waits } = takeAt(fullBucket(LIMIT, 0), 0, 40);
    let bucket = queued;
    for (const wait of waits) bucket = lower(bucket, LIMIT, wait + 200, 0);
    expect(bucket.share).toBeGreaterThan(0.5);
  });

  it('keeps an eighth of the rate at least', () => {
    let bucket = fullBucket(LIMIT, 0);
    for (let now = 6000; now < 60_000; now += 1500) bucket = lower(bucket, LIMIT, now, now);
    expect(bucket.share).toBe(1 / 8);
  });

  it('gives nobody a second burst when the clock was set back, and goes on from there', () => {
    const { bucket } = takeAt(fullBucket(LIMIT, 1e9), 1e9, 10);
    const back = take(bucket, LIMIT, 5, 1);
    expect(back.wait).toBe(500);
    expect(take(back.bucket, LIMIT, 1005, 1).wait).toBe(0);
  });
});
