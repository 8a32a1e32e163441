import type { Meaning } from '../eci/answers/answer.ts';
import type { Fields } from '../report/driver-log.ts';
import { duration, plural } from '../report/lines.ts';
import type { Settings } from '../settings/schema.ts';
import { type Choice, type Plan, spotPrice } from './plan.ts';

/** One attempt and what came of it. */
export interface Tried {
  readonly choice: Choice;
  /** `out of stock (OperationDenied.NoStock)`, `eci-2ze… created`. */
  readonly answer: string;
  readonly milliseconds: number;
  /** Of a refusal. */
  readonly means?: Meaning;
  readonly hint?: string;
  /** The cloud's own sentence. */
  readonly message?: string;
}

/** A door that was left out, because this host's jobs found it closed lately. */
interface LeftOut {
  readonly choice: Choice;
  readonly say: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/** `Looking for capacity: 2 zones, 3 types, spot (SpotWithPriceLimit CNY 0.600/h)` */
export function headline({ choices, tooExpensive, notSpot, priceProblem }: Plan, settings: Settings): string {
  const zones = new Set(choices.map((choice) => choice.vswitch.zone)).size;
  const types = new Set(choices.map((choice) => choice.instance.label)).size;
  const left =
    tooExpensive.length === 0
      ? ''
      : `; ${plural(tooExpensive.length, 'place')} left out by max_price ${settings.currency} ${settings.max_price}/h${priceProblem === undefined ? '' : ` (prices are not known: ${priceProblem})`}`;
  const notSold = notSpot.length === 0 ? '' : `; ${notSpot.join(', ')} not sold as spot`;
  return `Looking for capacity: ${plural(zones, 'zone')}, ${plural(types, 'type')}, ${priceText(choices, settings)}${notSold}${left}`;
}

function priceText(choices: readonly Choice[], settings: Settings): string {
  if (!choices.some((choice) => choice.policy === 'spot')) return 'on-demand';
  const { strategy, limit } = spotPrice(settings);
  const upTo = limit === undefined ? '' : ` ${settings.currency} ${limit.toFixed(3)}/h`;
  const spot = `spot (${strategy}${upTo})`;
  if (!choices.some((choice) => choice.policy === 'on-demand')) return spot;
  return choices[0]?.policy === 'spot' ? `${spot}, then on-demand` : `on-demand, then ${spot}`;
}

/** A line of the table; the columns are as wide as the plan needs. The answer comes last: pages that are narrow wrap it alone. */
export function attemptLine({ choice, answer, milliseconds }: Tried, choices: readonly Choice[]): string {
  const width = (text: (choice: Choice) => string): number => Math.max(...choices.map((each) => text(each).length));
  const columns = [
    (each: Choice) => each.vswitch.zone,
    (each: Choice) => each.instance.label,
    (each: Choice) => each.policy,
    ...(choices.some((each) => each.price !== undefined) ? [hourly] : []),
  ].map((text) => text(choice).padEnd(width(text)));
  return `  ${[...columns, `${answer}, ${duration(milliseconds)}`].join('  ')}`;
}

/** The same for the driver's own log. */
export const attemptFields = ({ choice, answer, milliseconds, means, message }: Tried): Fields => ({
  zone: choice.vswitch.zone,
  vSwitch: choice.vswitch.id,
  type: choice.instance.label,
  policy: choice.policy,
  price: choice.price,
  answer,
  means,
  message,
  milliseconds,
});

const hourly = ({ price }: Choice): string => (price === undefined ? '' : `${price.toFixed(3)}/h`);

export const placeText = ({ vswitch, instance, policy }: Choice): string =>
  `${vswitch.zone} ${instance.label} ${policy}`;

/** Doors that one line names; the others are counted. */
const NAMED = 3;

/** `Left out, refused to other jobs of this manager lately: cn-beijing-h ecs.c6.2xlarge spot (out of stock, 40 s ago) and 17 more` */
export function closedLine(closed: readonly LeftOut[], now: number): string {
  const named = closed
    .slice(0, NAMED)
    .map((each) => `${placeText(each.choice)} (${each.say}, ${duration(now - each.since)} ago)`);
  const more = closed.length > NAMED ? ` and ${closed.length - NAMED} more` : '';
  return `Left out, refused to other jobs of this manager lately: ${named.join(', ')}${more}`;
}

/**
 * For the failure: every door that was knocked at, with how often and its last answer, and those that were not. Undefined when the lines
 * above it in the log say it all.
 */
export function summary(tried: readonly Tried[], leftOut: readonly LeftOut[]): string | undefined {
  const doors = new Map<string, { answer: string; count: number }>();
  for (const { choice, answer } of tried) {
    const door = placeText(choice);
    doors.set(door, { answer, count: (doors.get(door)?.count ?? 0) + 1 });
  }
  const told = [...doors].map(
    ([door, { answer, count }]) => `  ${door}: ${answer}${count > 1 ? ` (${count} times)` : ''}`,
  );
  const untold = leftOut
    .filter(({ choice }) => !doors.has(placeText(choice)))
    .map(({ choice, say }) => `  ${placeText(choice)}: ${say}, as another job of this manager found`);
  if (untold.length === 0 && tried.length === doors.size) return undefined;
  return ['What was tried:', ...told, ...untold].join('\n');
}
