import { chmod } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import * as esbuild from 'esbuild';

const root = fileURLToPath(new URL('.', import.meta.url));

/** ssh2's optional native addons stay outside (`*.node`): it falls back to JavaScript by itself. */
const common = {
  absWorkingDir: root,
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  minify: true,
  keepNames: true,
  external: ['*.node'],
  logLevel: 'warning',
} satisfies esbuild.BuildOptions;

/**
 * Turns each `vendor.ts` into a compressed text that is compiled when it is first needed. V8 reads through all of a program's source at every
 * start, and most of the driver's dozen starts per job need neither SDK nor SSH.
 */
const embedVendors: esbuild.Plugin = {
  name: 'embed-vendors',
  setup(builder) {
    // The ending `.cjs` tells esbuild that what stands in for the file is CommonJS.
    builder.onResolve({ filter: /\/vendor\.ts$/ }, ({ path, resolveDir }) => ({
      path: `${resolve(resolveDir, path)}.cjs`,
      namespace: 'embedded',
    }));
    builder.onLoad({ filter: /.*/, namespace: 'embedded' }, async ({ path: name }) => {
      const path = name.replace(/\.cjs$/, '');
      const result = await esbuild.build({ ...common, entryPoints: [path], write: false });
      const compressed = brotliCompressSync(result.outputFiles[0]?.contents ?? new Uint8Array());
      const source = `require('node:zlib').brotliDecompressSync(Buffer.from('${compressed.toString('base64')}','base64')).toString('latin1')`;
      const compile = "require('node:vm').compileFunction";
      return {
        loader: 'js',
        contents:
          // esbuild writes ASCII only, which Latin-1 decodes without a second look.
          `${compile}(${source}, ['module', 'exports', 'require', '__filename', '__dirname'])` +
          `(module, module.exports, require, __filename, __dirname);`,
      };
    });
  },
};

/**
 * commander starts subcommands that are programs of their own, which ours never are. Loading `child_process` for it costs each of our starts
 * several milliseconds, so it gets an empty one.
 */
const noChildProcess: esbuild.Plugin = {
  name: 'no-child-process',
  setup(builder) {
    builder.onResolve({ filter: /^(node:)?child_process$/ }, ({ importer }) =>
      /node_modules.commander./.test(importer) ? { path: 'child_process', namespace: 'empty' } : undefined,
    );
    builder.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'module.exports = {};', loader: 'js' }));
  },
};

/** Builds the two programs into `dist/`: the driver and the emulator, one file each, no `node_modules` needed beside them. */
export async function build(): Promise<void> {
  const programs = [
    { entry: 'src/main.ts', outfile: 'dist/gitlab-eci-executor.cjs', plugins: [embedVendors, noChildProcess] },
    { entry: 'src/emulator/main.ts', outfile: 'dist/eci-emulator.cjs', plugins: [] },
  ];
  for (const { entry, outfile, plugins } of programs) {
    await esbuild.build({ ...common, entryPoints: [entry], outfile, plugins, banner: { js: '#!/usr/bin/env node' } });
    await chmod(`${root}/${outfile}`, 0o755);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
