import { duration, plural } from '../report/lines.ts';
import type { Settings } from '../settings/schema.ts';
import type { Choice } from './plan.ts';

/** One attempt and what came of it. */
export interface Tried {
  readonly choice: Choice;
  /** `out of stock (OperationDenied.NoStock)`, `eci-2ze… created`. */
  readonly answer: string;
  readonly milliseconds: number;
}

/** `Looking for capacity: 2 zones, 3 types, spot (SpotWithPriceLimit CNY 0.600/h)` */
export function headline(plan: readonly Choice[], settings: Settings): string {
  const zones = new Set(plan.map((choice) => choice.vswitch.zone)).size;
  const types = new Set(plan.map((choice) => choice.instance.label)).size;
  return `Looking for capacity: ${plural(zones, 'zone')}, ${plural(types, 'type')}, ${priceText(plan, settings)}`;
}

function priceText(plan: readonly Choice[], settings: Settings): string {
  const { strategy, price_limit } = settings.spot;
  if (!plan.some((choice) => choice.policy === 'spot')) return 'on-demand';
  const limit =
    price_limit === undefined || strategy !== 'SpotWithPriceLimit'
      ? ''
      : ` ${settings.currency} ${price_limit.toFixed(3)}/h`;
  const fallback = plan.some((choice) => choice.policy === 'on-demand') ? ', then on-demand' : '';
  return `spot (${strategy}${limit})${fallback}`;
}

/** Wide enough for the longest usual answer, so that the times stand in a column. */
const ANSWER_WIDTH = 46;

/** A line of the table; the columns are as wide as the plan needs. */
export function attemptLine({ choice, answer, milliseconds }: Tried, plan: readonly Choice[]): string {
  const width = (text: (choice: Choice) => string): number => Math.max(...plan.map((each) => text(each).length));
  const cells = [
    choice.vswitch.zone.padEnd(width((each) => each.vswitch.zone)),
    choice.instance.label.padEnd(width((each) => each.instance.label)),
    choice.policy.padEnd(width((each) => each.policy)),
    answer.padEnd(ANSWER_WIDTH),
    duration(milliseconds),
  ];
  return `  ${cells.join('  ')}`;
}

/** For the failure: every door that was knocked at, with how often and its last answer. */
export function summary(tried: readonly Tried[]): string {
  const doors = new Map<string, { answer: string; count: number }>();
  for (const { choice, answer } of tried) {
    const door = `${choice.vswitch.zone} ${choice.instance.label} ${choice.policy}`;
    doors.set(door, { answer, count: (doors.get(door)?.count ?? 0) + 1 });
  }
  return [...doors]
    .map(([door, { answer, count }]) => `  ${door}: ${answer}${count > 1 ? ` (${count} times)` : ''}`)
    .join('\n');
}
