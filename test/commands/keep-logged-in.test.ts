import { describe, expect, it } from 'vitest';
import { keepLoggedIn } from '../../src/commands/keep-logged-in.ts';
import { ManualClock } from '../support/manual-clock.ts';

async function loginsWithin(
  seconds: number,
  abandonAfter: number,
  login: () => Promise<void> = () => Promise.resolve(),
) {
  const clock = new ManualClock();
  const start = clock.now();
  const over = new AbortController();
  const times: number[] = [];
  const kept = keepLoggedIn(
    () => {
      times.push((clock.now() - start) / 1000);
      return login();
    },
    abandonAfter,
    clock,
    over.signal,
  );
  await clock.advance(seconds);
  over.abort(new Error('the stage is over'));
  await kept;
  return times;
}

describe('the agent that a stage does not talk to', () => {
  it('gets a login soon, and then every third of abandon_after', async () => {
    expect(await loginsWithin(1000, 900)).toEqual([20, 320, 620, 920]);
  });

  it('gets one earlier where the time is short', async () => {
    expect(await loginsWithin(65, 30)).toEqual([2.5, 12.5, 22.5, 32.5, 42.5, 52.5, 62.5]);
  });

  it.each([15, 60, 900])(
    'gets the first one so soon that ten shorter stages end within an abandon_after of %d s',
    async (seconds) => {
      const [first = Infinity] = await loginsWithin(seconds, seconds);
      expect(10 * first).toBeLessThan(seconds);
    },
  );

  it('gets the next one though one failed', async () => {
    expect(await loginsWithin(330, 900, () => Promise.reject(new Error('refused')))).toEqual([20, 320]);
  });

  it('gets none in a stage that is over sooner', async () => {
    expect(await loginsWithin(10, 900)).toEqual([]);
  });
});
