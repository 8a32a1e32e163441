import type { Scenario, StockRule } from '../scenario.ts';

export type StockAnswer =
  | { readonly kind: 'available' | 'schedule-failed' | 'stuck' }
  | { readonly kind: 'no-stock'; readonly code: string; readonly message: string };

/** What is on sale where. Each rule of the scenario gives its answers one after the other, the last one for ever. */
export class Stock {
  private readonly rules: readonly { readonly rule: StockRule; taken: number }[];

  constructor(scenario: Scenario) {
    this.rules = scenario.stock.map((rule) => ({ rule, taken: 0 }));
  }

  /** @param label type or size, as the request names it. */
  ask(zone: string, label: string, policy: 'spot' | 'on-demand'): StockAnswer {
    const matches = (pattern: string, value: string): boolean => pattern === '*' || pattern === value;
    const entry = this.rules.find(
      ({ rule }) => matches(rule.zone, zone) && matches(rule.type, label) && matches(rule.policy, policy),
    );
    if (!entry) return { kind: 'available' };
    const { answers, code, message } = entry.rule;
    const kind = answers[Math.min(entry.taken, answers.length - 1)] ?? 'available';
    entry.taken++;
    return kind === 'no-stock' ? { kind, code, message } : { kind };
  }
}
