import type { ContainerGroup } from '../eci/container-groups.ts';
import type { Choice } from '../placement/plan.ts';
import { duration } from '../report/lines.ts';

/** When each part of the start was over, in milliseconds since the epoch. */
interface StartTimes {
  readonly created: number;
  readonly scheduled: number;
  readonly running: number;
  readonly ready: number;
}

/**
 * What the job got: `eci-2ze0f…3 in cn-beijing-k, ecs.c6.2xlarge, 8 vCPU 16 GiB, spot CNY 0.312/h: scheduled 3 s, images 11 s (cache imc-2ze…1
 * hit), ready 1 s`. The price is the one that the choice was made by, where it was known.
 */
export function readyLine(group: ContainerGroup, choice: Choice, currency: string, times: StartTimes): string {
  const { vswitch, policy, price } = choice;
  const what = [
    `${group.id} in ${group.zone || vswitch.zone}`,
    group.instanceType,
    `${group.cpu} vCPU ${group.memory} GiB`,
    price === undefined ? policy : `${policy} ${currency} ${price.toFixed(3)}/h`,
  ];
  const parts = [
    `scheduled ${duration(times.scheduled - times.created)}`,
    `images ${duration(times.running - times.scheduled)}${cacheText(group)}`,
    `ready ${duration(times.ready - times.running)}`,
  ];
  return `${what.filter((word) => word !== '').join(', ')}: ${parts.join(', ')}`;
}

/** From the events of ECI's image cache. */
function cacheText(group: ContainerGroup): string {
  const hit = group.events.find((event) => event.reason === 'SuccessfulHitImageCache');
  if (hit) return ` (cache ${/imc-[a-z0-9]+/.exec(hit.message)?.[0] ?? ''} hit)`.replace('  ', ' ');
  return group.events.some((event) => event.reason === 'ImageCacheMissed') ? ' (no image cache)' : '';
}
