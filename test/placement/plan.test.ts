import { describe, expect, it } from 'vitest';
import { isExcluded, planAttempts } from '../../src/placement/plan.ts';
import { attemptLine, headline, summary } from '../../src/placement/story.ts';
import { settingsOf } from '../support/settings.ts';

const TWO_ZONES = '[[vswitch]]\nid = "vsw-k"\nzone = "cn-beijing-k"';
const two = settingsOf('instance_types = ["ecs.c6.2xlarge", "8-16Gi"]', TWO_ZONES);
const doors = (plan: ReturnType<typeof planAttempts>) =>
  plan.map((choice) => `${choice.vswitch.id} ${choice.instance.label} ${choice.policy}`);

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

  it('leaves out what a refusal ruled out: a vSwitch in all types, a type in all zones', () => {
    const plan = planAttempts(two);
    const left = (vswitches: string[], instances: string[]) =>
      doors(
        plan.filter((choice) => !isExcluded(choice, { vswitches: new Set(vswitches), instances: new Set(instances) })),
      );
    expect(left(['vsw-h'], [])).toEqual(['vsw-k ecs.c6.2xlarge spot', 'vsw-k 8-16Gi spot']);
    expect(left([], ['8-16Gi'])).toEqual(['vsw-h ecs.c6.2xlarge spot', 'vsw-k ecs.c6.2xlarge spot']);
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
      attemptLine({ choice: plan[index] ?? expect.unreachable(), answer, milliseconds }, plan);
    expect([line(0, 'out of stock (OperationDenied.NoStock)', 400), line(3, 'eci-1 created', 12_400)].join('\n')).toBe(
      [
        '  cn-beijing-h  ecs.c6.2xlarge  spot  out of stock (OperationDenied.NoStock)          0.4 s',
        '  cn-beijing-k  8-16Gi          spot  eci-1 created                                   12 s',
      ].join('\n'),
    );
  });

  it('ends, if it ends badly, with every door and how often it was knocked at', () => {
    const [first, second] = planAttempts(two);
    if (!first || !second) expect.unreachable();
    const tried = [
      { choice: first, answer: 'out of stock (A)', milliseconds: 1 },
      { choice: second, answer: 'quota reached (B)', milliseconds: 1 },
      { choice: first, answer: 'out of stock (C)', milliseconds: 1 },
    ];
    expect(summary(tried)).toBe(
      '  cn-beijing-h ecs.c6.2xlarge spot: out of stock (C) (2 times)\n  cn-beijing-h 8-16Gi spot: quota reached (B)',
    );
  });
});
