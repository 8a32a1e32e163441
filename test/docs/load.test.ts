import { describe, expect, it } from 'vitest';
import { CALL_LIMITS } from '../../src/eci/call-limits.ts';
import { read } from './pages.ts';
import { declares, shownTests } from './shown-tests.ts';

const page = await read('docs/load.md');

describe('docs/load.md', () => {
  it('has the calls that a host allows itself', () => {
    const rows = [...page.matchAll(/^\| `(\w+)` \|[^|]*\| ([\d.]+) \| ([\d.]+) \|$/gm)];
    const shown = rows.map(([, action, burst, perSecond]) => [action, Number(burst), Number(perSecond)]);
    const real = Object.entries(CALL_LIMITS).map(([action, { burst, perSecond }]) => [
      action,
      Math.round(burst * 10) / 10,
      Math.round(perSecond * 10) / 10,
    ]);
    expect(shown).toEqual(real);
  });

  it.each(shownTests(page))('names a test that exists: $title', async ({ file, title }) => {
    expect(declares(await read(file), title)).toBe(true);
  });
});
