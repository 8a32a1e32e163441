import { basename, join } from 'node:path';
import * as esbuild from 'esbuild';

/** Bundles a program as the driver is, so that it starts no slower than it has to. @returns the file, in the folder. */
export async function bundled(program: string, folder: string): Promise<string> {
  const outfile = join(folder, `${basename(program, '.ts')}.cjs`);
  await esbuild.build({
    entryPoints: [program],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    minify: true,
    external: ['*.node'],
    logLevel: 'error',
  });
  return outfile;
}
