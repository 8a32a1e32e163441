import type { ContainerGroup } from '../eci/container-groups.ts';
import type { Policy } from '../placement/plan.ts';
import { duration } from '../report/lines.ts';

/** When each part of the start was over, in milliseconds since the epoch. */
export interface StartTimes {
  readonly created: number;
  readonly scheduled: number;
  readonly running: number;
  readonly ready: number;
}

/** `eci-2ze0f…3 in cn-beijing-k, ecs.c6.2xlarge, 8 vCPU 16 GiB, spot: scheduled 3 s, images 11 s (cache imc-2ze…1 hit), ready 1 s` */
export function readyLine(group: ContainerGroup, zone: string, policy: Policy, times: StartTimes): string {
  const what = [
    `${group.id} in ${group.zone || zone}`,
    group.instanceType,
    `${group.cpu} vCPU ${group.memory} GiB`,
    policy,
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
