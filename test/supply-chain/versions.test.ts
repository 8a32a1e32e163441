import { describe, expect, it } from 'vitest';
import { lockedPackages } from '../../supply-chain/lock-file.ts';
import { read } from '../docs/pages.ts';

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(await read('package.json')) as Manifest;
const named = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });

describe('package.json', () => {
  it.each(named)('names one version of %s, the one that the lock file has', (name, version) => {
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(lockedPackages().get(`node_modules/${name}`)?.version).toBe(version);
  });
});

describe('package-lock.json', () => {
  it('has a digest of every package', () => {
    const packages = [...lockedPackages().values()];
    expect(packages.length).toBeGreaterThan(named.length);
    expect(packages.filter(({ integrity }) => !/^sha512-[\w+/]{86}==$/.test(integrity))).toEqual([]);
  });
});

describe('.npmrc', () => {
  it('lets no package run a script when it is installed', async () => {
    expect((await read('.npmrc')).split('\n')).toContain('ignore-scripts=true');
  });
});
