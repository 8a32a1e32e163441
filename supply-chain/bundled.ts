import type { Metafile } from 'esbuild';
import { type LockedPackage, lockedPackages, packageFolder, resolvePackage } from './lock-file.ts';

/** What esbuild says about the parts of each program, by the program's name. */
export type Metafiles = Readonly<Record<string, readonly Metafile[]>>;

/** A package of which something is in a program. */
export interface BundledPackage extends LockedPackage {
  /** Bytes of the minified source, by program. V8's code, and the compression of what is embedded, are not counted. */
  readonly bytes: Readonly<Record<string, number>>;
  /** Paths of the packages that it asks for and that are bundled too. */
  readonly uses: readonly string[];
}

/**
 * @returns the packages that the programs hold, by path.
 * @throws Error when a program holds a package that the lock file does not name.
 */
export function bundledPackages(metafiles: Metafiles): BundledPackage[] {
  const locked = lockedPackages();
  const bytes = new Map<string, Record<string, number>>();
  for (const [program, parts] of Object.entries(metafiles)) {
    for (const { path, bytesInOutput } of parts.flatMap(inputsOf)) {
      const folder = packageFolder(path);
      if (folder === undefined) continue;
      const counted = bytes.get(folder) ?? {};
      counted[program] = (counted[program] ?? 0) + bytesInOutput;
      bytes.set(folder, counted);
    }
  }
  return [...bytes].sort(byPath).map(([path, counted]) => {
    const found = locked.get(path);
    if (!found) throw new Error(`${path} is in a program and not in package-lock.json`);
    const uses = found.dependencies.map((name) => resolvePackage(locked, path, name)?.path ?? '');
    return { ...found, bytes: counted, uses: uses.filter((used) => bytes.has(used)).sort() };
  });
}

/** The files that stand in a bundle, by their paths from the root. */
function inputsOf({ outputs }: Metafile): { path: string; bytesInOutput: number }[] {
  return Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).map(([path, { bytesInOutput }]) => ({ path, bytesInOutput })),
  );
}

function byPath([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1;
}
