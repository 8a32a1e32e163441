import { expect, it } from 'vitest';
import { figuresOf } from './measure.ts';
import { tableOf } from './table.ts';

const figures = [figuresOf('ours', [30]), figuresOf('theirs', [20])];

it('shows the ratio of each contender to the peer, which has none itself', () => {
  expect(tableOf('a title', figures, 'theirs').split('\n')).toEqual([
    'a title',
    expect.stringMatching(/^ {2}ours +30\.0 .* {2}1\.50 x theirs$/),
    expect.stringMatching(/^ {2}theirs +20\.0 +\([^()]*\)$/),
    '',
  ]);
});

it('shows no ratio without a peer', () => {
  expect(tableOf('a title', figures)).not.toContain(' x ');
});

it('shows two decimals of small figures only', () => {
  expect(tableOf('a title', [figuresOf('ours', [0.123, 0.123, 123.456])])).toMatch(/ 0\.12 .*at most 123\.5; 3/);
});
