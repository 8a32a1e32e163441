import type { Settings } from '../settings/schema.ts';
import { SIZE } from '../settings/schema.ts';

export interface Instance {
  /** As the operator wrote it: `ecs.c6.2xlarge`, `8-16Gi`. */
  readonly label: string;
  readonly type?: string;
  /** vCPU and GiB, when the label is a size. */
  readonly size?: { readonly cpu: number; readonly memory: number };
}

export type Policy = 'spot' | 'on-demand';

/** One attempt of a plan: where, what, at which kind of price. */
export interface Choice {
  readonly vswitch: { readonly id: string; readonly zone: string };
  readonly instance: Instance;
  readonly policy: Policy;
}

/**
 * Every attempt, in the order in which they are made: zone by zone, within a zone type by type, spot before on-demand.
 *
 * One vSwitch and one type go into each call. The API would take several at once, but then a refusal does not say which of them
 * is empty, and a `ScheduleFailed` after create loses all of them together; a refusal itself costs a few tenths of a second. So the log
 * can name each door that was closed, and what was learned about one (later: zone memory) is exact.
 */
export function planAttempts(settings: Settings): readonly Choice[] {
  const instances = settings.instance_types.map(parseInstance);
  const round = (policy: Policy): Choice[] =>
    settings.vswitch.flatMap((vswitch) => instances.map((instance) => ({ vswitch, instance, policy })));
  if (settings.spot.strategy === 'NoSpot') return round('on-demand');
  return settings.spot.on_demand_fallback ? [...round('spot'), ...round('on-demand')] : round('spot');
}

function parseInstance(label: string): Instance {
  const size = SIZE.exec(label);
  return size ? { label, size: { cpu: Number(size[1]), memory: Number(size[2]) } } : { label, type: label };
}

/** What a refusal rules out for the rest of a round. */
export interface Exclusions {
  readonly vswitches: ReadonlySet<string>;
  readonly instances: ReadonlySet<string>;
}

export const isExcluded = (choice: Choice, exclusions: Exclusions): boolean =>
  exclusions.vswitches.has(choice.vswitch.id) || exclusions.instances.has(choice.instance.label);
