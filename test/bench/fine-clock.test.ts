import { expect, it } from 'vitest';
import { fineClock } from './fine-clock.ts';

/** A steady clock that goes on by a hundredth of a millisecond with each look, and a time of day that is ahead of it. */
function clocks(ahead: number) {
  let now = 0;
  const steady = (): number => (now += 0.01);
  return { steady, timeOfDay: () => Math.floor(now + ahead), real: () => now + ahead };
}

it.each([0.25, 0.5, 0.999])('tells fractions of a millisecond, here when it begins at %d of one', (fraction) => {
  const { steady, timeOfDay, real } = clocks(1_700_000_000_000 + fraction);
  const clock = fineClock(timeOfDay, steady);
  expect(Math.abs(clock() - real())).toBeLessThan(0.05);
});

it('is not put forward by a pause before or after a look at the time of day', () => {
  const { steady, timeOfDay, real } = clocks(1000);
  let looks = 0;
  const pause = (): void => {
    if (++looks % 7 === 0) for (let lost = 0; lost < 60; lost++) steady();
  };
  const interrupted = (): number => {
    pause();
    const time = timeOfDay();
    pause();
    return time;
  };
  const clock = fineClock(interrupted, steady);
  expect(clock() - real()).toBeLessThan(0.05);
});
