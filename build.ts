import { chmod, readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { buildDriver } from './build-driver.ts';
import type { Metafiles } from './supply-chain/bundled.ts';
import { sbomOf } from './supply-chain/sbom.ts';

const root = fileURLToPath(new URL('.', import.meta.url));

/** How every part of the programs is bundled. ssh2's optional native addons stay outside (`*.node`): it falls back to JavaScript by itself. */
export const common = {
  absWorkingDir: root,
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  minify: true,
  external: ['*.node'],
  metafile: true,
  logLevel: 'warning',
} satisfies esbuild.BuildOptions;

/**
 * Builds the two programs into `dist/`: the driver and the emulator, one file each, no `node_modules` needed beside them; and the bill of what
 * is in them. @returns what esbuild says of each.
 */
export async function build(): Promise<Metafiles> {
  const [driver, emulator] = ['gitlab-eci-executor.cjs', 'eci-emulator.cjs'] as const;
  const file = (name: string): string => resolve(root, 'dist', name);
  const { metafile } = await esbuild.build({
    ...common,
    keepNames: true,
    entryPoints: ['src/emulator/main.ts'],
    outfile: file(emulator),
    banner: { js: '#!/usr/bin/env node' },
  });
  await chmod(file(emulator), 0o755);
  const metafiles = { [driver]: [await buildDriver(root, file(driver), common)], [emulator]: [metafile] };
  const programs = { [driver]: await readFile(file(driver)), [emulator]: await readFile(file(emulator)) };
  await writeFile(file('sbom.cdx.json'), sbomOf(programs, metafiles));
  return metafiles;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
