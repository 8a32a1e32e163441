import type { Scenario } from '../scenario.ts';
import { ApiError } from '../wire/api-error.ts';

interface Limit {
  readonly burst: number;
  readonly perSecond: number;
}

const perMinute = (calls: number): Limit => ({ burst: calls, perSecond: calls / 60 });

/** Calls per account and region ("Limits", "Flow control information"). */
const LIMITS: Readonly<Record<string, Limit>> = {
  CreateContainerGroup: { burst: 100, perSecond: 20 },
  DeleteContainerGroup: { burst: 100, perSecond: 20 },
  DescribeContainerGroups: perMinute(2000),
  DescribeContainerGroupStatus: perMinute(10_000),
  DescribeContainerGroupEvents: perMinute(10_000),
  DescribeContainerGroupPrice: perMinute(1000),
  DescribeContainerLog: perMinute(500),
  ExecContainerCommand: perMinute(500),
  RestartContainerGroup: perMinute(500),
  CreateImageCache: perMinute(200),
  DescribeRegions: perMinute(10_000),
  TagResources: perMinute(1000),
  UntagResources: perMinute(1000),
  ListTagResources: perMinute(1000),
};

/** A token bucket for each action. */
export class Throttle {
  private readonly limits: ReadonlyMap<string, Limit>;
  private readonly status: number;
  private readonly now: () => number;
  private readonly buckets = new Map<string, { tokens: number; at: number }>();

  constructor({ throttle, throttling_status }: Scenario, now: () => number) {
    this.now = now;
    this.status = throttling_status;
    this.limits = new Map([
      ...Object.entries(LIMITS),
      ...throttle.map(({ action, burst, per_second }): [string, Limit] => [action, { burst, perSecond: per_second }]),
    ]);
  }

  /** @throws ApiError when the bucket is empty. */
  take(action: string): void {
    const limit = this.limits.get(action);
    if (!limit) return;
    const now = this.now();
    const { tokens, at } = this.buckets.get(action) ?? { tokens: limit.burst, at: now };
    const filled = Math.min(limit.burst, tokens + (Math.max(0, now - at) / 1000) * limit.perSecond);
    this.buckets.set(action, { tokens: Math.max(0, filled - 1), at: now });
    if (filled < 1) {
      this.buckets.set(action, { tokens: filled, at: now });
      throw new ApiError(this.status, 'Throttling.User', 'Request was denied due to user flow control.');
    }
  }
}
