import { type Scenario, type StockRule, StockSchema } from '../scenario.ts';

export type StockAnswer =
  | { readonly kind: 'available' | 'schedule-failed' | 'stuck' | 'no-address' }
  | { readonly kind: 'no-stock'; readonly code: string; readonly message: string };

interface StockPlace {
  readonly zone: string;
  /** Everything that the capacity is called: as the request names it, the type that it was matched to, the size that it was rounded up to. */
  readonly names: readonly string[];
  readonly policy: 'spot' | 'on-demand';
}

/** What is on sale where. Each rule of the scenario gives its answers one after the other, the last one for ever. */
export class Stock {
  private rules: readonly { readonly rule: StockRule; taken: number }[];

  constructor(scenario: Scenario) {
    this.rules = scenario.stock.map((rule) => ({ rule, taken: 0 }));
  }

  /** A rule that counts more than all before it. */
  prepend(rule: StockRule): void {
    this.rules = [{ rule, taken: 0 }, ...this.rules];
  }

  /** The usual refusal. */
  none(): StockAnswer {
    const { code, message } = StockSchema.parse({ answers: ['no-stock'] });
    return { kind: 'no-stock', code, message };
  }

  /**
   * @param intent `take` uses up an answer, `look` is told the next one, `now` the one that was given last: what holds at the moment.
   * @param taken groups that hold such a place already.
   */
  ask({ zone, names, policy }: StockPlace, intent: 'take' | 'look' | 'now', taken: number): StockAnswer {
    const matches = (pattern: string, ...values: readonly string[]): boolean =>
      pattern === '*' || values.includes(pattern);
    const entry = this.rules.find(
      ({ rule }) => matches(rule.zone, zone) && matches(rule.type, ...names) && matches(rule.policy, policy),
    );
    if (!entry) return { kind: 'available' };
    const { answers, code, message, available_count = Infinity } = entry.rule;
    const which = intent === 'now' ? Math.max(0, entry.taken - 1) : entry.taken;
    const kind = answers[Math.min(which, answers.length - 1)] ?? 'available';
    if (intent === 'take') entry.taken++;
    return kind === 'no-stock' || taken >= available_count ? { kind: 'no-stock', code, message } : { kind };
  }
}
