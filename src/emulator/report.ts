import type { Cloud } from './cloud/cloud.ts';

/** A call of the API as it came. */
export interface RecordedCall {
  readonly action: string;
  /** How the client calls itself: its `User-Agent`. */
  readonly client: string;
  /** Flat, with the names on the wire. */
  readonly parameters: Readonly<Record<string, string>>;
  /** HTTP status; 0 when a fault kept the answer back. */
  readonly status: number;
  /** Error code or fault; empty for success. */
  readonly code: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface Report {
  /** By action; `ok` counts what the client was told, not what was done. */
  readonly calls: Readonly<Record<string, { readonly ok: number; readonly failed: number }>>;
  readonly groups: {
    readonly created: number;
    /** Groups that Describe still shows. */
    readonly left: readonly {
      readonly id: string;
      readonly status: string;
      readonly zone: string;
      readonly instanceType: string;
      readonly tags: Readonly<Record<string, string>>;
    }[];
  };
  readonly cost: {
    readonly currency: string;
    readonly total: number;
    readonly groups: readonly {
      readonly id: string;
      readonly seconds: number;
      readonly amount: number;
      /** What the account is charged: rounded to 0.01, half up ("ECI billing"). */
      readonly bill: number;
    }[];
  };
}

export function makeReport(cloud: Cloud, recorded: readonly RecordedCall[]): Report {
  const calls: Record<string, { ok: number; failed: number }> = {};
  for (const { action, code } of recorded) {
    const count = (calls[action] ??= { ok: 0, failed: 0 });
    count[code === '' ? 'ok' : 'failed']++;
  }
  const costs = cloud.allGroups().map((group) => {
    const { seconds, amount } = group.cost();
    return { id: group.id, seconds, amount, bill: bill(amount) };
  });
  return {
    calls,
    groups: {
      created: costs.length,
      left: cloud.groups().map((group) => ({
        id: group.id,
        status: group.status,
        zone: group.vswitch.zone,
        instanceType: group.capacity.instanceType,
        tags: Object.fromEntries(group.request.Tag.map(({ Key, Value }) => [Key, Value])),
      })),
    },
    cost: {
      currency: cloud.scenario.currency,
      total: costs.reduce((sum, each) => sum + each.amount, 0),
      groups: costs,
    },
  };
}

/** Half up, for the sums that people write down too: 1.005 is a little less in binary. */
const bill = (amount: number): number => Math.round((amount + 1e-9) * 100) / 100;
