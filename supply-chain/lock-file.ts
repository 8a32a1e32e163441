import { readFileSync } from 'node:fs';

/** A package of package-lock.json, by where it is installed. */
export interface LockedPackage {
  /** Path from the root of the project: `node_modules/…`. */
  readonly path: string;
  readonly name: string;
  readonly version: string;
  /** Digest of the package's archive as npm writes it: `sha512-` and base64. */
  readonly integrity: string;
  /** Names of what it asks for, optional ones included. */
  readonly dependencies: readonly string[];
}

interface LockEntry {
  readonly version?: string;
  readonly integrity?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const INSTALLED = 'node_modules/';

/** @returns the packages that the lock file names, by their paths; the project itself is not among them. */
export function lockedPackages(): ReadonlyMap<string, LockedPackage> {
  const file = new URL('../package-lock.json', import.meta.url);
  const { packages } = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, LockEntry> };
  const rows = Object.entries(packages).filter(([path]) => path !== '');
  return new Map(
    rows.map(([path, { version = '', integrity = '', dependencies, optionalDependencies }]) => [
      path,
      {
        path,
        name: path.slice(path.lastIndexOf(INSTALLED) + INSTALLED.length),
        version,
        integrity,
        dependencies: Object.keys({ ...dependencies, ...optionalDependencies }),
      },
    ]),
  );
}

/** @returns the folder of the package that a file belongs to, or undefined for a file of the project. */
export function packageFolder(file: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];
}

/** Looks a name up as Node does for a module in this folder: there, then in the folders above. */
export function resolvePackage(
  packages: ReadonlyMap<string, LockedPackage>,
  from: string,
  name: string,
): LockedPackage | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(folder.lastIndexOf(`/${INSTALLED}`), 0))) {
    const found = packages.get(folder === '' ? INSTALLED + name : `${folder}/${INSTALLED}${name}`);
    if (found || folder === '') return found;
  }
}
