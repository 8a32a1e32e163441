import { describe, expect, it } from 'vitest';
import { DRIVER, EMULATOR } from '../../supply-chain/costs.ts';
import { PARTS } from '../../supply-chain/parts.ts';
import { codes, read, tables } from '../docs/pages.ts';

interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

const { components } = JSON.parse(await read('dist/sbom.cdx.json')) as { components: Component[] };
const packages = components.filter((each) => each['bom-ref'].startsWith('node_modules/'));
const [parts = [], listed = []] = tables(await read('docs/dependencies.md'));
const cells = (row: readonly string[]): string[] => row.map((cell) => cell.trim());

const kibOf = ({ properties = [] }: Component, program: string): number =>
  Number(properties.find(({ name }) => name === `bytes:${program}`)?.value ?? 0) / 1024;

describe('docs/dependencies.md (npm run dependencies writes it)', () => {
  it('has a part for each dependency of package.json, once', async () => {
    const { dependencies } = JSON.parse(await read('package.json')) as { dependencies: object };
    const named = parts.flatMap(([names = '']) => codes(names));
    expect(named.sort()).toEqual(Object.keys(dependencies).sort());
    expect(PARTS.flatMap((part) => part.dependencies).sort()).toEqual(named);
  });

  it('lists the packages that are in the programs, with their versions', () => {
    const rows = listed.map((row) => cells(row).slice(0, 2).join(' '));
    expect(rows).toEqual(packages.map(({ name, version }) => `\`${name}\` ${version}`));
  });

  // Names that are made shorter differ by a few bytes from one build of ours to the next.
  it('has their sizes, to within a KiB or a twentieth', () => {
    const wrong = packages.filter((each, index) => {
      const [, , driver, emulator] = cells(listed[index] ?? []).map(Number);
      const differs = (program: string, shown = NaN): boolean =>
        !(Math.abs(kibOf(each, program) - shown) <= Math.max(1, shown / 20));
      return differs(DRIVER, driver) || differs(EMULATOR, emulator);
    });
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  it('has a time of each part, and no more of a part than its packages have together', () => {
    const whole = packages.reduce((sum, each) => sum + kibOf(each, DRIVER), 0);
    for (const row of parts) {
      const [, , , driver, , time] = cells(row).map(Number);
      expect(time).toBeGreaterThan(0);
      expect(driver).toBeLessThan(whole);
    }
  });
});
