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

/** Spot sizes start at 2 vCPU, with a GiB for each at least (same page, spot table). */
const isSpotSize = (cpu: number, memory: number): boolean => cpu >= 2 && memory >= cpu;

/**
 * The smallest size that is sold and holds so much.
 * @param memory in GiB.
 * @returns undefined when none is large enough.
 */
export function sizeFor(
  cpu: number,
  memory: number,
  spot: boolean,
): { readonly cpu: number; readonly memory: number } | undefined {
  const all = SIZES.flatMap(([vcpu, memories]) => memories.map((gib) => ({ cpu: vcpu, memory: gib })));
  return all
    .filter((each) => each.cpu >= cpu && each.memory >= memory && (!spot || isSpotSize(each.cpu, each.memory)))
    .sort((a, b) => a.cpu - b.cpu || a.memory - b.memory)[0];
}
