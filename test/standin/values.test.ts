import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';
import { Canceled, StopContext } from './stop-context.ts';
import { internal, Variables } from './variables.ts';

describe('a duration', () => {
  it.each([
    ['40m', 2_400_000],
    ['1h30m', 5_400_000],
    ['1.5s', 1500],
    ['250ms', 250],
    ['-1m', -60_000],
    ['0', 0],
    ['40', undefined],
    ['', undefined],
  ])('%j is %j milliseconds', (text, milliseconds) => expect(parseDuration(text)).toBe(milliseconds));

  it('is printed as Go prints it', () => {
    expect([0, 250, 3000, 90_000, 3_600_000].map(formatDuration)).toEqual(['0s', '250ms', '3s', '1m30s', '1h0m0s']);
  });
});

describe('variables', () => {
  const variables = new Variables([
    internal('A', 'first'),
    internal('A', 'last'),
    internal('B', '$A-${A}-$$-$%-$MISSING-${A'),
    internal('C', '$B'),
    { ...internal('RAW', '$A'), raw: true },
    { ...internal('FILE', 'content of $A'), file: true },
    internal('RUNNER_TEMP_PROJECT_DIR', '/b.tmp'),
    internal('PATH_OF_FILE', '$FILE'),
  ]);

  it('are expanded once, against the unexpanded list', () => {
    const expanded = variables.expand();
    expect(expanded.value('B')).toBe('last-last-$-$%--A');
    expect(expanded.value('C')).toBe('$A-${A}-$$-$%-$MISSING-${A');
    expect(expanded.value('RAW')).toBe('$A');
    expect(expanded.value('FILE')).toBe('content of last');
    expect(expanded.value('PATH_OF_FILE')).toBe('/b.tmp/FILE');
  });

  it('that the runner overwrites lose against a later one of the job', () => {
    variables.overwrite('A', 'new');
    expect([[...variables][0]?.value, variables.value('A')]).toEqual(['new', 'last']);
  });
});

describe('a context', () => {
  it('ends with its parent and tells the parent’s cause', async () => {
    const cause = new Error('time of the stage');
    const parent = new StopContext(undefined, { milliseconds: 1, cause });
    const child = parent.child({ milliseconds: 60_000, cause: new Error('never') });
    await child.stopped;
    expect([child.cause, child.timedOut, child.child().cause]).toEqual([cause, true, cause]);
  });

  it('that was cancelled first has not timed out, and its parent lives', () => {
    const parent = new StopContext();
    const child = parent.child({ milliseconds: 60_000 });
    child.cancel();
    expect([child.error instanceof Canceled, child.timedOut, parent.error]).toEqual([true, false, undefined]);
  });
});
