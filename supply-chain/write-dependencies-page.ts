import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { build } from '../build.ts';
import { type BundledPackage, bundledPackages } from './bundled.ts';
import { DRIVER, EMULATOR, kibOf, packagesOf } from './costs.ts';
import { loadTime } from './load-time.ts';
import { PARTS } from './parts.ts';

/** Puts the tables of docs/dependencies.md anew, between their marks. The times are those of this machine. */
const page = new URL('../docs/dependencies.md', import.meta.url);

const kib = (packages: readonly BundledPackage[], program: string): string => kibOf(packages, program).toFixed(1);
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const code = (text: string): string => `\`${text}\``;

const bundled = bundledPackages(await build());
const parts: string[] = [];
for (const part of PARTS) {
  const packages = packagesOf(part, bundled);
  const time = (await loadTime(part.source)).toFixed(1);
  const sizes = [kib(packages, DRIVER), kib(packages, EMULATOR)];
  parts.push(
    row([part.dependencies.map(code).join(', '), part.purpose, part.loaded, ...sizes, time, String(packages.length)]),
  );
}
const tables: Readonly<Record<string, readonly string[]>> = {
  parts: [
    row(['dependency', 'what for', 'loaded', 'KiB in the driver', 'KiB in the emulator', 'ms', 'packages']),
    row(['---', '---', '---', '--:', '--:', '--:', '--:']),
    ...parts,
  ],
  measured: [`Times: Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}).`],
  packages: [
    row(['package', 'version', 'KiB in the driver', 'KiB in the emulator']),
    row(['---', '---', '--:', '--:']),
    ...bundled.map((each) => row([code(each.name), each.version, kib([each], DRIVER), kib([each], EMULATOR)])),
  ],
};
let text = readFileSync(page, 'utf8');
for (const [mark, lines] of Object.entries(tables)) {
  const between = new RegExp(`(<!-- ${mark} -->\n)[^]*?(<!-- end of ${mark} -->)`);
  text = text.replace(between, (_all, begin: string, end: string) => `${begin}\n${lines.join('\n')}\n\n${end}`);
}
writeFileSync(page, text);
