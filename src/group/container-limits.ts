import type { WireParameters } from '../eci/container-groups.ts';
import { gpusOfType, hasGpu } from '../placement/instance-types.ts';
import type { Instance } from '../placement/plan.ts';
import type { Settings } from '../settings/schema.ts';

/** Limits of a container, in vCPU and GiB. */
export interface ContainerLimits {
  readonly cpu?: number;
  readonly memory?: number;
}

/** By the name of the container. */
type Limits = Readonly<Record<string, ContainerLimits>>;

/**
 * The limits that can be sent. ECI takes a container's Cpu and Memory as limits and refuses a group whose containers' sum exceeds it; so a
 * resource is sent when the group's size is known and holds the sum, and otherwise the group itself is the limit.
 */
export function limitsThatFit(
  wanted: Limits,
  instance: Instance,
): { readonly sent: Limits; readonly left: readonly string[] } {
  const left: string[] = [];
  const fitting = (resource: keyof ContainerLimits): boolean => {
    const amounts = Object.values(wanted).flatMap((limits) => limits[resource] ?? []);
    if (amounts.length === 0) return false;
    // Thousandths do not add up exactly.
    const sum = Math.round(amounts.reduce((total, each) => total + each, 0) * 1000) / 1000;
    const holds = instance.size !== undefined && sum <= instance.size[resource];
    if (!holds) left.push(`${resource} limit of ${sum} ${UNITS[resource]}`);
    return holds;
  };
  const resources = (['cpu', 'memory'] as const).filter(fitting);
  const only = (limits: ContainerLimits): ContainerLimits =>
    Object.fromEntries(resources.flatMap((each) => (limits[each] === undefined ? [] : [[each, limits[each]]])));
  return { sent: Object.fromEntries(Object.entries(wanted).map(([name, limits]) => [name, only(limits)])), left };
}

const UNITS = { cpu: 'vCPU', memory: 'GiB' } as const;

/** What of them a group has, for the job log. */
export function limitLines(wanted: Limits, instance: Instance): readonly string[] {
  const { sent, left } = limitsThatFit(wanted, instance);
  const told = Object.entries(sent).flatMap(([name, { cpu, memory }]) => {
    const amounts = [
      ...(cpu === undefined ? [] : [`${cpu} ${UNITS.cpu}`]),
      ...(memory === undefined ? [] : [`${memory} ${UNITS.memory}`]),
    ];
    return amounts.length === 0 ? [] : [`${name} ${amounts.join(' ')}`];
  });
  return [
    ...(told.length === 0 ? [] : [`Limits: ${told.join(', ')}.`]),
    ...(left.length === 0 ? [] : [`Not sent: ${left.join(', ')}. The group as a whole is the limit.`]),
  ];
}

/** Parameters of a container in the create call. */
export const limitParameters = ({ cpu, memory }: ContainerLimits = {}): WireParameters => ({
  ...(cpu === undefined ? {} : { Cpu: cpu }),
  ...(memory === undefined ? {} : { Memory: memory }),
});

/** The build container has the GPUs of its type, unless somebody says how many: on ECI a container without a number sees none. */
export function gpuParameters({ gpu_limit }: Settings, { type }: Instance): WireParameters {
  const gpus = type !== undefined && hasGpu(type) ? (gpu_limit ?? gpusOfType(type) ?? 1) : 0;
  return gpus === 0 ? {} : { Gpu: gpus };
}
