import { describe, expect, it } from 'vitest';
import type { Loss } from '../../src/group/loss.ts';
import { watchLoss } from '../../src/script/loss-watch.ts';
import { ManualClock } from '../support/manual-clock.ts';

const reclaimed: Loss = { kind: 'group-lost', sentence: 'reclaimed' };

/** @param age milliseconds since which another job knows what is answered. */
function watch(answer: (question: number) => Promise<Loss | undefined>, { age = 0, random = 0 } = {}) {
  const clock = new ManualClock();
  const start = clock.now();
  const over = new AbortController();
  const times: number[] = [];
  const accepted: number[] = [];
  const watched = watchLoss(
    async (_signal, longest) => {
      times.push((clock.now() - start) / 1000);
      accepted.push(longest);
      const askedAt = clock.now() - age;
      const loss = await answer(times.length);
      return { askedAt, ...(loss ? { loss } : {}) };
    },
    { clock, random: () => random },
    over.signal,
  );
  return { clock, start, times, accepted, end: () => over.abort(new Error('over')), ...watched };
}

const fine = () => Promise.resolve(undefined);

describe('the watch over a group while a script runs', () => {
  it('asks nothing in the first 20 seconds, and then every 30', async () => {
    const { clock, times, end } = watch(fine);
    await clock.advance(19);
    expect(times).toEqual([]);
    await clock.advance(100);
    expect(times).toEqual([20, 50, 80, 110]);
    end();
  });

  it('counts its pause from when ECI was asked, though that was for another job, which is to ask again first', async () => {
    const { clock, start, times, reassuredAt, end } = watch(fine, { age: 12_000 });
    await clock.advance(65);
    expect(times).toEqual([20, 40, 60]);
    expect(reassuredAt() - start).toBe(48_000);
    end();
  });

  it('asks up to two seconds later, so that jobs that were told together do not ask together', async () => {
    const { clock, times, end } = watch(fine, { random: 1 });
    await clock.advance(90);
    expect(times).toEqual([20, 52, 84]);
    end();
  });

  it('takes an answer of the last half a minute, and of the last three seconds when the connection is lost', async () => {
    const { clock, accepted, hurry, end } = watch(fine);
    await clock.advance(21);
    hurry();
    await clock.advance(1);
    expect(accepted).toEqual([30_000, 3000]);
    end();
  });

  it('asks at once when the connection is lost, every 3 seconds for a while, and then calms down', async () => {
    const { clock, times, hurry, end } = watch(fine);
    await clock.advance(1);
    hurry();
    await clock.advance(120);
    expect(times.slice(0, 4)).toEqual([1, 4, 7, 10]);
    expect(times.length).toBeLessThan(15);
    end();
  });

  it('gives the reason as soon as the cloud has one', async () => {
    const { clock, lost, end } = watch((question) => Promise.resolve(question === 2 ? reclaimed : undefined));
    await clock.advance(60);
    expect(await lost).toEqual(reclaimed);
    end();
  });

  it('takes an API that fails for one that says nothing', async () => {
    const { clock, lost, end } = watch((question) =>
      question < 3 ? Promise.reject(new Error('502')) : Promise.resolve(reclaimed),
    );
    await clock.advance(90);
    expect(await lost).toEqual(reclaimed);
    end();
  });
});
