import { expect, it } from 'vitest';
import { delaysIn, lineDelays } from './line-delay.ts';

it('subtracts the time that each line tells from the time at which the text came', () => {
  const delays = delaysIn('1700000000.000250\n1700000000,001000\n', 1_700_000_000_002);
  expect(delays).toEqual([expect.closeTo(1.75, 3), expect.closeTo(1, 3)]);
});

it('takes no other line for a time', () => {
  expect(delaysIn('done\n17\n1700000000.00025\n', 1_700_000_000_002)).toEqual([]);
});

it('fails when lines have not told their time, as in a shell that does not know it', async () => {
  const run = (_: string, onOutput?: (chunk: Buffer) => void): Promise<number> => {
    onOutput?.(Buffer.from('\n\n'));
    return Promise.resolve(1);
  };
  await expect(lineDelays(run)).rejects.toThrow('0 lines of 60 have told their time');
});
