import type { Scenario } from '../scenario.ts';

export interface Capacity {
  /** As asked for: `ecs.c6.2xlarge`, `8-16Gi`. */
  readonly label: string;
  /** The ECS type; empty in size mode without spot. */
  readonly instanceType: string;
  readonly cpu: number;
  readonly memory: number;
  readonly listPricePerHour: number;
  readonly spotPricePerHour: number;
}

/** CNY per second ("ECI billing"), for sizes. */
const PER_VCPU = 0.000049;
const PER_GIB = 0.00000613;
/** A size as spot is matched to a type and billed at its spot price; a fifth is of the right order. */
const SPOT_SHARE = 0.2;

/** vCPU and the memory sizes in GiB that go with it ("Specify the number of vCPUs and memory size"). */
const SIZES: readonly (readonly [number, readonly number[]])[] = [
  [0.25, [0.5, 1]],
  [0.5, [1, 2]],
  [1, [2, 4, 8]],
  [2, [1, 2, 4, 8, 16]],
  [4, [2, 4, 8, 16, 32]],
  [8, [4, 8, 16, 32, 64]],
  [12, [12, 24, 48, 96]],
  [16, [16, 32, 64, 128]],
  [24, [24, 48, 96, 192]],
  [32, [32, 64, 128, 256]],
  [52, [96, 192, 384]],
  [64, [128, 256, 512]],
];

/** @returns undefined for a type that the scenario does not sell. */
export function capacityOfType(name: string, scenario: Scenario): Capacity | undefined {
  const type = scenario.instance_type.find((each) => each.name === name);
  return (
    type && {
      label: name,
      instanceType: name,
      cpu: type.cpu,
      memory: type.memory,
      listPricePerHour: type.list_price,
      spotPricePerHour: type.spot_price,
    }
  );
}

/** Rounded up to a pair that is sold. @returns undefined when none is large enough. */
export function capacityOfSize(cpu: number, memory: number): Capacity | undefined {
  for (const [vcpu, memories] of SIZES) {
    const gib = memories.find((each) => each >= memory);
    if (vcpu < cpu || gib === undefined) continue;
    const perHour = (vcpu * PER_VCPU + gib * PER_GIB) * 3600;
    const label = `${cpu}-${memory}Gi`;
    return {
      label,
      instanceType: '',
      cpu: vcpu,
      memory: gib,
      listPricePerHour: perHour,
      spotPricePerHour: perHour * SPOT_SHARE,
    };
  }
  return undefined;
}
