import { chmod } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

const root = fileURLToPath(new URL('.', import.meta.url));

/**
 * Builds the two programs into `dist/`: the driver and the emulator, one file each, no `node_modules` needed beside them.
 * ssh2's optional native addons stay outside (`*.node`): it falls back to JavaScript by itself.
 */
export async function build(): Promise<void> {
  const programs = [
    ['src/main.ts', 'dist/gitlab-eci-executor.cjs'],
    ['src/emulator/main.ts', 'dist/eci-emulator.cjs'],
  ] as const;
  for (const [entry, outfile] of programs) {
    await esbuild.build({
      absWorkingDir: root,
      entryPoints: [entry],
      outfile,
      bundle: true,
      format: 'cjs',
      platform: 'node',
      target: 'node20',
      minify: true,
      keepNames: true,
      external: ['*.node'],
      banner: { js: '#!/usr/bin/env node' },
      logLevel: 'warning',
    });
    await chmod(`${root}/${outfile}`, 0o755);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
