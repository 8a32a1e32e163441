/** A group's size: vCPU and GiB. */
export interface Size {
  readonly cpu: number;
  readonly memory: number;
}

/** vCPU and the memory sizes in GiB that go with it ("Specify the number of vCPUs and memory size"): sold in every region. */
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
const ALL: readonly Size[] = SIZES.flatMap(([cpu, memories]) => memories.map((memory) => ({ cpu, memory })));

/** The largest, for sentences. */
export const LARGEST: Size = { cpu: 64, memory: 512 };

/** Spot sizes start at 2 vCPU, with a GiB for each at least; sizes that some regions have besides are not among them (same page). */
export const isSpotSize = (size: Size): boolean =>
  size.cpu >= 2 && size.memory >= size.cpu && ALL.some((each) => each.cpu === size.cpu && each.memory === size.memory);

/**
 * The smallest size that is sold and holds so much.
 * @returns undefined when none is large enough.
 */
export function sizeFor(cpu: number, memory: number, spot: boolean): Size | undefined {
  return ALL.filter((each) => each.cpu >= cpu && each.memory >= memory && (!spot || isSpotSize(each))).sort(
    (a, b) => a.cpu - b.cpu || a.memory - b.memory,
  )[0];
}

/** As ECI writes a size among instance types. */
export const sizeLabel = ({ cpu, memory }: Size): string => `${cpu}-${memory}Gi`;
