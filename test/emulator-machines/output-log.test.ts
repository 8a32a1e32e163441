import { describe, expect, it } from 'vitest';
import { OutputLog } from '../../src/emulator/machines/output-log.ts';

const [OUT, ERR] = [{}, {}];

describe("a container's output", () => {
  it('is kept line by line, with the time of the first character of each', () => {
    let time = 0;
    const log = new OutputLog(() => ++time);
    for (const chunk of ['on', 'e\ntwo\nth', 'ree']) log.add(OUT, chunk);
    expect(log.lines()).toEqual([
      { at: 1, text: 'one\n' },
      { at: 2, text: 'two\n' },
      { at: 2, text: 'three' },
    ]);
  });

  it('is not mixed within a line, when two streams write at the same time', () => {
    const log = new OutputLog(() => 0);
    log.add(OUT, 'first ');
    log.add(ERR, 'error\n');
    log.add(OUT, 'line\n');
    expect(log.lines().map(({ text }) => text)).toEqual(['error\n', 'first line\n']);
  });

  it('is forgotten from its beginning when it is long, and never grows beyond a bound', () => {
    const log = new OutputLog(() => 0);
    const line = `${'x'.repeat(999)}\n`;
    for (let i = 0; i < 10_000; i++) log.add(OUT, line);
    log.add(OUT, 'the end\n');
    const { length } = log.lines();
    expect(length).toBeGreaterThan(1000);
    expect(length).toBeLessThan(2200);
    expect(log.lines().at(-1)?.text).toBe('the end\n');
    for (let i = 0; i < 5000; i++) log.add(ERR, 'y'.repeat(1000));
    expect(log.lines().at(-1)?.text.length).toBe(1024 * 1024);
  });
});
