import { describe, expect, it } from 'vitest';
import { type Consequence, colourOf, ends } from './colours.ts';
import { FAULTS, MOST_FAILED_ATTEMPTS, possible } from './faults.ts';
import { plan, type PlannedJob } from './plan.ts';
import { MOMENTS } from './row.ts';

const SIZE = { faults: 1000, jobs: 250, rows: FAULTS };
const SEEDS = [1, 2, 3, 4, 5];
const seeded = (seed: number): readonly PlannedJob[] => plan({ ...SIZE, seed });

describe('a plan', () => {
  it('is the same for the same seed, and another one for another', () => {
    expect(seeded(7)).toEqual(seeded(7));
    expect(seeded(7)).not.toEqual(seeded(8));
  });

  it.each(SEEDS)('has all its faults, each kind about as often as the others that are like it (seed %d)', (seed) => {
    const faults = seeded(seed).flatMap((job) => job.faults);
    expect(faults).toHaveLength(SIZE.faults);
    for (const isEnding of [true, false]) {
      const rows = FAULTS.filter(({ then }) => ends(then) === isEnding);
      const counts = rows.map((row) => faults.filter((fault) => fault.row === row).length);
      expect(Math.min(...counts)).toBeGreaterThan(Math.max(...counts) / 4);
    }
  });

  it.each(SEEDS)(
    'has at most one fault in a job that ends it, and none that cannot hit beside it (seed %d)',
    (seed) => {
      for (const { faults } of seeded(seed)) {
        const endings = faults.filter(({ row }) => ends(row.then));
        expect(endings.length).toBeLessThan(2);
        const [ending] = endings;
        const behind = ending ? faults.slice(faults.indexOf(ending) + 1) : [];
        const sameScript = ending?.row.when === 'script' && ending.row.hangs === undefined;
        for (const { row } of behind) {
          if (!(sameScript && row.when === 'script') && row.when !== 'cleanup')
            expect([ending?.row.when, row.when]).toEqual(['before', 'config']);
        }
        expect(faults.filter(({ row }) => row.then === 'tries again').length).toBeLessThanOrEqual(MOST_FAILED_ATTEMPTS);
      }
    },
  );

  it.each(SEEDS)('puts the faults of a job in the order in which they come (seed %d)', (seed) => {
    for (const { faults } of seeded(seed)) {
      const moments = faults.map(({ row }) => MOMENTS.indexOf(row.when));
      expect(moments).toEqual([...moments].sort((a, b) => a - b));
    }
  });

  it.each(SEEDS)('has no fault beside one that spoils what it needs (seed %d)', (seed) => {
    for (const { faults } of seeded(seed)) {
      const spoilt = faults.flatMap(({ row }) => row.spoils ?? []);
      expect(faults.filter(({ row }) => row.needs?.some((need) => spoilt.includes(need)))).toEqual([]);
    }
  });

  it('has no fault that cannot be made here', () => {
    const rows = possible({ machines: 'containers', root: false });
    expect(rows.map(({ only }) => only)).not.toContain('root');
    expect(rows.map(({ only }) => only)).not.toContain('processes');
    expect(rows.length).toBeGreaterThan(FAULTS.length / 2);
  });
});

describe('the colour of a job', () => {
  const colour = (exitCode: number, saves: boolean, ...then: Consequence[]): string =>
    colourOf({ exitCode, saves, faults: then.map((each) => ({ row: { then: each } })) });

  it('is what its script makes it, when its faults are mended', () => {
    expect(colour(0, true, 'goes on', 'tries again')).toBe('green');
    expect(colour(42, false, 'tries again', 'goes on')).toBe('red 42');
  });

  it.each([
    ['no machine', 'system failure'],
    ['author must act', 'red 1'],
    ['script killed', 'red 137'],
    ['system failure', 'system failure'],
    ['no word', 'no word'],
  ] as const)('is that of a fault by which it says: %s', (then, expected) => {
    expect([colour(0, false, then), colour(3, true, 'goes on', then)]).toEqual([expected, expected]);
  });

  it('is a system failure when a green job cannot save what it has, and only then', () => {
    expect(colour(0, true, 'not saved')).toBe('system failure');
    expect(colour(0, false, 'not saved')).toBe('green');
    expect(colour(5, true, 'not saved')).toBe('red 5');
  });
});
