import { describe, expect, it } from 'vitest';
import { LOG_START, newLines } from '../../src/services/log-position.ts';

const numbered = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `line ${from + index}`);

/** What is new in each of these answers, one after the other. */
function freshOf(...answers: (readonly string[])[]): (readonly string[])[] {
  let position = LOG_START;
  return answers.map((lines) => {
    const found = newLines(lines, position);
    position = found.position;
    return found.fresh;
  });
}

describe('what is new in the log of a service', () => {
  it('is everything at first, then what came behind it', () => {
    expect(freshOf(['a', 'b'], ['a', 'b'], ['a', 'b', 'c'])).toEqual([['a', 'b'], [], ['c']]);
  });

  it('is nothing of an empty log', () => expect(freshOf([], [], ['a'])).toEqual([[], [], ['a']]));

  it('is told apart among lines that are all the same, as long as ECI gives the whole log', () => {
    const same = (count: number) => Array.from({ length: count }, () => 'ping');
    expect(freshOf(same(3), same(5), same(40))).toEqual([same(3), same(2), same(35)]);
  });

  it('is found where ECI gives only the end of a log', () => {
    expect(freshOf(numbered(0, 100), numbered(50, 150))).toEqual([numbered(0, 100), numbered(100, 150)]);
  });

  it('is everything where nothing of what was shown is left', () => {
    expect(freshOf(numbered(0, 100), numbered(300, 400))[1]).toEqual(numbered(300, 400));
    expect(freshOf(numbered(0, 100), ['x'])[1]).toEqual(['x']);
  });

  it('is a line again that has grown', () => {
    expect(freshOf(['a', 'b', 'half'], ['a', 'b', 'half a line', 'c'])[1]).toEqual(['half a line', 'c']);
  });

  it('is remembered without the text', () => {
    expect(JSON.stringify(newLines(['password'], LOG_START).position)).not.toContain('password');
    expect(newLines(numbered(0, 2000), LOG_START).position.tail.length).toBeLessThanOrEqual(20);
  });
});
