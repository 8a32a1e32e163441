import { describe, expect, it } from 'vitest';
import { type Choice, doorOf, planAttempts, type PriceOf } from '../../src/placement/plan.ts';
import { attemptLine, headline, summary } from '../../src/placement/story.ts';
import { settingsOf } from '../support/settings.ts';

const TWO_ZONES = '[[vswitch]]\nid = "vsw-k"\nzone = "cn-beijing-k"';
const two = settingsOf('instance_types = ["ecs.c6.2xlarge", "8-16Gi"]', TWO_ZONES);
const doors = (plan: { readonly choices: readonly Choice[] }) =>
  plan.choices.map((choice) => `${choice.vswitch.id} ${choice.instance.label} ${choice.policy}`);

describe('a plan', () => {
  it('goes zone by zone, and within a zone type by type, in the configured order', () => {
    expect(doors(planAttempts(two))).toEqual([
      'vsw-h ecs.c6.2xlarge spot',
      'vsw-h 8-16Gi spot',
      'vsw-k ecs.c6.2xlarge spot',
      'vsw-k 8-16Gi spot',
    ]);
  });

  it('tries on-demand last, and only if the operator allows it', () => {
    const plan = planAttempts(settingsOf('', `${TWO_ZONES}\n[spot]\non_demand_fallback = true`));
    expect(doors(plan)).toEqual([
      'vsw-h ecs.c6.2xlarge spot',
      'vsw-k ecs.c6.2xlarge spot',
      'vsw-h ecs.c6.2xlarge on-demand',
      'vsw-k ecs.c6.2xlarge on-demand',
    ]);
  });

  it('is all on-demand without spot', () => {
    expect(doors(planAttempts(settingsOf('', '[spot]\nstrategy = "NoSpot"')))).toEqual([
      'vsw-h ecs.c6.2xlarge on-demand',
    ]);
  });

  it('goes by price where the settings do not want their own order; what has no known price comes last', () => {
    const prices: PriceOf = (zone, label) =>
      new Map([
        ['cn-beijing-k 8-16Gi', 0.2],
        ['cn-beijing-h 8-16Gi', 0.4],
        ['cn-beijing-k ecs.c6.2xlarge', 0.3],
      ]).get(`${zone} ${label}`);
    expect(doors(planAttempts(two, { priceOf: prices }))).toEqual([
      'vsw-k 8-16Gi spot',
      'vsw-k ecs.c6.2xlarge spot',
      'vsw-h 8-16Gi spot',
      'vsw-h ecs.c6.2xlarge spot',
    ]);
    expect(doors(planAttempts({ ...two, order: 'configured' }, { priceOf: prices }))).toEqual(doors(planAttempts(two)));
  });
});

describe('a price cap', () => {
  const capped = settingsOf('max_price = 1.5', '[spot]\non_demand_fallback = true');

  it('is sent as the limit of a spot attempt, the lower of two counts', () => {
    const limitOf = (spot: string) =>
      headline(planAttempts(settingsOf('max_price = 1.5', spot)), settingsOf('max_price = 1.5', spot));
    expect(limitOf('')).toContain('spot (SpotWithPriceLimit CNY 1.500/h)');
    expect(limitOf('[spot]\nstrategy = "SpotWithPriceLimit"\nprice_limit = 0.6')).toContain('CNY 0.600/h');
    expect(limitOf('[spot]\nstrategy = "SpotWithPriceLimit"\nprice_limit = 2.5')).toContain('CNY 1.500/h');
  });

  it.each([
    ['below it', 1.5, ['vsw-h ecs.c6.2xlarge spot', 'vsw-h ecs.c6.2xlarge on-demand'], 0],
    ['above it', 1.51, ['vsw-h ecs.c6.2xlarge spot'], 1],
    ['not known', undefined, ['vsw-h ecs.c6.2xlarge spot'], 1],
  ])('lets on-demand in when its price is %s or not', (_, price, expected, left) => {
    const plan = planAttempts(capped, {
      priceOf: (_zone, _label, policy) => (policy === 'on-demand' ? price : 0.3),
      problem: 'the question was not allowed',
    });
    expect(doors(plan)).toEqual(expected);
    expect(plan.tooExpensive).toHaveLength(left);
    expect(plan.priceProblem).toBe(price === undefined ? 'the question was not allowed' : undefined);
  });
});

describe('a door', () => {
  it('is a vSwitch, a type and a price policy: what one limit finds empty another may find open', () => {
    const [spot] = planAttempts(two).choices;
    if (!spot) expect.unreachable();
    const limited = { ...two, spot: { ...two.spot, strategy: 'SpotWithPriceLimit' as const, price_limit: 0.6 } };
    const names = [doorOf(spot, two), doorOf(spot, limited), doorOf({ ...spot, policy: 'on-demand' }, limited)];
    expect(new Set(names).size).toBe(3);
  });
});

describe('the story in the job log', () => {
  it('begins with what is looked for', () => {
    expect(headline(planAttempts(two), two)).toBe('Looking for capacity: 2 zones, 2 types, spot (SpotAsPriceGo)');
    const capped = settingsOf(
      '',
      '[spot]\nstrategy = "SpotWithPriceLimit"\nprice_limit = 0.6\non_demand_fallback = true',
    );
    expect(headline(planAttempts(capped), capped)).toBe(
      'Looking for capacity: 1 zone, 1 type, spot (SpotWithPriceLimit CNY 0.600/h), then on-demand',
    );
  });

  it('has a line for each attempt, in columns', () => {
    const plan = planAttempts(two);
    const line = (index: number, answer: string, milliseconds: number) =>
      attemptLine({ choice: plan.choices[index] ?? expect.unreachable(), answer, milliseconds }, plan.choices);
    expect([line(0, 'out of stock (OperationDenied.NoStock)', 400), line(3, 'eci-1 created', 12_400)].join('\n')).toBe(
      [
        '  cn-beijing-h  ecs.c6.2xlarge  spot  out of stock (OperationDenied.NoStock), 0.4 s',
        '  cn-beijing-k  8-16Gi          spot  eci-1 created, 12 s',
      ].join('\n'),
    );
  });

  it('ends, if it ends badly, with every door and how often it was knocked at', () => {
    const [first, second, third] = planAttempts(two).choices;
    if (!first || !second || !third) expect.unreachable();
    const tried = [
      { choice: first, answer: 'out of stock (A)', milliseconds: 1 },
      { choice: second, answer: 'quota reached (B)', milliseconds: 1 },
      { choice: first, answer: 'out of stock (C)', milliseconds: 1 },
    ];
    const leftOut = [first, third].map((choice) => ({ choice, say: 'out of stock', since: 0 }));
    expect(summary(tried, leftOut)).toBe(
      [
        'What was tried:',
        '  cn-beijing-h ecs.c6.2xlarge spot: out of stock (C) (2 times)',
        '  cn-beijing-h 8-16Gi spot: quota reached (B)',
        '  cn-beijing-k ecs.c6.2xlarge spot: out of stock, as another job of this manager found',
      ].join('\n'),
    );
  });
});
