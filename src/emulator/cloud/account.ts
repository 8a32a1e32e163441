import type * as z from 'zod';
import type { AccountChange, Scenario } from '../scenario.ts';
import { ApiError } from '../wire/api-error.ts';
import type { GroupState } from './group-state.ts';

type AccountRules = Scenario['account'];
export type AccountRulesChange = z.output<typeof AccountChange>;

/** What the account may do at this moment: quota, balance, RAM policy. */
export class Account {
  private rules: AccountRules;

  constructor({ account }: Scenario) {
    this.rules = account;
  }

  change(rules: AccountRulesChange): void {
    const given = Object.fromEntries(Object.entries(rules).filter(([, value]) => value !== undefined));
    this.rules = { ...this.rules, ...given };
  }

  /** @throws ApiError (RAM: a denied call, with the detail that newer answers carry) */
  checkAction(action: string): void {
    const { denied_actions } = this.rules;
    if (!denied_actions.includes(action) && !denied_actions.includes('*')) return;
    throw new ApiError(403, 'Forbidden.RAM', 'User not authorized to operate on the specified resource.', {
      AccessDeniedDetail: { AuthAction: `eci:${action}`, PolicyType: 'AccountLevelIdentityBasedPolicy' },
    });
  }

  checkBalance(): void {
    if (this.rules.arrears) throw new ApiError(400, 'Account.Arrearage', 'Your account has an outstanding payment.');
  }

  checkQuota(cpu: number, groups: readonly GroupState[]): void {
    const { vcpu_quota } = this.rules;
    if (this.usedCpu(groups) + cpu > vcpu_quota) {
      throw new ApiError(403, 'QuotaExceeded', 'vCPU quota exceeded.');
    }
  }

  get maxCpu(): number {
    return this.rules.vcpu_quota;
  }

  usedCpu(groups: readonly GroupState[]): number {
    return groups.reduce((sum, group) => sum + (group.isFinal ? 0 : group.capacity.cpu), 0);
  }
}
