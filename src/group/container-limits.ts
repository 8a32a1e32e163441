import type { Instance } from '../placement/plan.ts';
import type { ContainerLimits, Wished } from '../wishes/apply-wishes.ts';

/**
 * The limits that can be sent. ECI takes a container's Cpu and Memory as limits and refuses a group whose containers' sum exceeds it; so a
 * resource is sent when the group's size is known and holds the sum, and otherwise the group itself is the limit.
 */
export function limitsThatFit(
  wanted: Wished['limits'],
  instance: Instance,
): { readonly sent: Wished['limits']; readonly left: readonly string[] } {
  const left: string[] = [];
  const fitting = (resource: keyof ContainerLimits): boolean => {
    const amounts = [wanted.build[resource], wanted.helper[resource]].filter((each) => each !== undefined);
    if (amounts.length === 0) return false;
    const sum = amounts.reduce((total, each) => total + each, 0);
    const holds = instance.size !== undefined && sum <= instance.size[resource];
    if (!holds) left.push(`${resource} limit of ${sum} ${resource === 'cpu' ? 'vCPU' : 'GiB'}`);
    return holds;
  };
  const resources = (['cpu', 'memory'] as const).filter(fitting);
  const only = (limits: ContainerLimits): ContainerLimits =>
    Object.fromEntries(resources.flatMap((each) => (limits[each] === undefined ? [] : [[each, limits[each]]])));
  return { sent: { build: only(wanted.build), helper: only(wanted.helper) }, left };
}
