import type { BundledPackage } from './bundled.ts';
import type { Part } from './parts.ts';

export const DRIVER = 'gitlab-eci-executor.cjs';
export const EMULATOR = 'eci-emulator.cjs';

/** @returns KiB of packages in a program. */
export function kibOf(packages: readonly BundledPackage[], program: string): number {
  return packages.reduce((sum, { bytes }) => sum + (bytes[program] ?? 0), 0) / 1024;
}

/** @returns the dependencies of a part and everything that they bring, as far as it is bundled. */
export function packagesOf({ dependencies }: Part, bundled: readonly BundledPackage[]): BundledPackage[] {
  const paths = new Set(dependencies.map((name) => `node_modules/${name}`));
  // A set that grows while it is walked is walked to its end.
  for (const path of paths) for (const used of bundled.find((each) => each.path === path)?.uses ?? []) paths.add(used);
  return bundled.filter(({ path }) => paths.has(path));
}
