import type { Scenario } from '../scenario.ts';

export interface Capacity {
  /** As asked for: `ecs.c6.2xlarge`, `8-16Gi`. */
  readonly label: string;
  /** The ECS type; empty for a size that no type was matched to. */
  readonly instanceType: string;
  readonly cpu: number;
  readonly memory: number;
  readonly listPricePerHour: number;
  readonly spotPricePerHour: number;
}

/** Prices per second of a vCPU and of a GiB ("ECI billing"; the international ones from the ACK overview of ECI). */
const UNIT_PRICES: Readonly<Record<Scenario['currency'], { readonly vcpu: number; readonly gib: number }>> = {
  CNY: { vcpu: 0.000049, gib: 0.00000613 },
  USD: { vcpu: 0.0000077, gib: 0.00000096 },
};

/** Where no type of the scenario has a size, its spot price is guessed; a fifth is of the right order. */
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

/**
 * Rounded up to a pair that is sold. The platform matches a spot size to an ECS type and bills that type's price.
 *
 * @returns undefined when none is large enough.
 */
export function capacityOfSize(
  cpu: number,
  memory: number,
  { instance_type, currency }: Scenario,
  spot: boolean,
): Capacity | undefined {
  for (const [vcpu, memories] of SIZES) {
    const gib = memories.find((each) => each >= memory);
    if (vcpu < cpu || gib === undefined) continue;
    const type = spot
      ? instance_type.find((each) => each.cpu === vcpu && each.memory === gib && each.gpus === 0)
      : undefined;
    const unit = UNIT_PRICES[currency];
    const perHour = (vcpu * unit.vcpu + gib * unit.gib) * 3600;
    return {
      label: `${cpu}-${memory}Gi`,
      instanceType: type?.name ?? '',
      cpu: vcpu,
      memory: gib,
      listPricePerHour: perHour,
      spotPricePerHour: type?.spot_price ?? perHour * SPOT_SHARE,
    };
  }
  return undefined;
}

/** Spot sizes start at 2 vCPU, with at least as many GiB (same page, spot table). */
export const isSpotSize = ({ cpu, memory }: Capacity): boolean => cpu >= 2 && memory >= cpu;

/** What a capacity is called in stock rules: a type by its name; a size as it was asked for, the type it was matched to, and rounded up. */
export const namesOf = ({ label, instanceType, cpu, memory }: Capacity): readonly string[] =>
  label === instanceType ? [label] : [label, instanceType, `${cpu}-${memory}Gi`];
