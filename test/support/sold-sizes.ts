/** "Specify the number of vCPUs and memory size": vCPU, GiB in every region, and what of it is sold as spot. */
export const SOLD_SIZES: readonly (readonly [cpu: number, memory: readonly number[], asSpot: readonly number[]])[] = [
  [0.25, [0.5, 1], []],
  [0.5, [1, 2], []],
  [1, [2, 4, 8], []],
  [2, [1, 2, 4, 8, 16], [2, 4, 8, 16]],
  [4, [2, 4, 8, 16, 32], [4, 8, 16, 32]],
  [8, [4, 8, 16, 32, 64], [8, 16, 32, 64]],
  [12, [12, 24, 48, 96], [12, 24, 48, 96]],
  [16, [16, 32, 64, 128], [16, 32, 64, 128]],
  [24, [24, 48, 96, 192], [24, 48, 96, 192]],
  [32, [32, 64, 128, 256], [32, 64, 128, 256]],
  [52, [96, 192, 384], [96, 192, 384]],
  [64, [128, 256, 512], [128, 256, 512]],
];
