import { expect, it } from 'vitest';
import { compare, figuresOf } from './measure.ts';

it('tells median, middle half, greatest value and number, whatever order the values came in', () => {
  expect(figuresOf('a', [40, 10, 30, 20, 50])).toEqual({
    name: 'a',
    median: 30,
    spread: [20, 40],
    most: 50,
    count: 5,
  });
});

it('lies between two values where there is none in the middle', () => {
  expect(figuresOf('a', [1, 2])).toMatchObject({ median: 1.5, spread: [1.25, 1.75] });
});

it('lets contenders take turns and does not count the first one of each', async () => {
  const calls: string[] = [];
  const contender = (name: string) => ({
    name,
    run: () => Promise.resolve(calls.push(name)),
  });
  const figures = await compare(2, [contender('a'), contender('b')]);
  expect(calls.join('')).toBe('ababab');
  expect(figures).toEqual([figuresOf('a', [3, 5]), figuresOf('b', [4, 6])]);
});

it('counts every value of a contender that measures several at a time', async () => {
  const [figures] = await compare(3, [{ name: 'a', run: () => Promise.resolve([1, 9]) }]);
  expect(figures).toMatchObject({ median: 5, most: 9, count: 6 });
});
