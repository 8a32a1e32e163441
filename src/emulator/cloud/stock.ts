import { type Scenario, type StockRule, StockSchema } from '../scenario.ts';

export type StockAnswer =
  | { readonly kind: 'available' | 'schedule-failed' | 'stuck' | 'no-address' }
  | { readonly kind: 'no-stock'; readonly code: string; readonly message: string };

export interface StockPlace {
  readonly zone: string;
  readonly label: string;
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
   * @param place its label is a type or size, as the request names it.
   * @param intent a look does not use up an answer.
   * @param taken groups that hold such a place already.
   */
  ask({ zone, label, policy }: StockPlace, intent: 'take' | 'look', taken: number): StockAnswer {
    const matches = (pattern: string, value: string): boolean => pattern === '*' || pattern === value;
    const entry = this.rules.find(
      ({ rule }) => matches(rule.zone, zone) && matches(rule.type, label) && matches(rule.policy, policy),
    );
    if (!entry) return { kind: 'available' };
    const { answers, code, message, available_count = Infinity } = entry.rule;
    const kind = answers[Math.min(entry.taken, answers.length - 1)] ?? 'available';
    if (intent === 'take') entry.taken++;
    return kind === 'no-stock' || taken >= available_count ? { kind: 'no-stock', code, message } : { kind };
  }
}
