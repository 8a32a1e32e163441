import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
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
  external: ['*.node'],
  logLevel: 'warning',
} satisfies esbuild.BuildOptions;

/** What the driver's program finds beside Node's own names for a module: the compressed texts of its vendored packages, by number. */
const WRAPPER = '(function (exports, require, module, __filename, __dirname, embedded) {';

/**
 * Turns each `vendor.ts` into a compressed text that is compiled when it is first needed: V8 reads through all of a program's source at every
 * start, and most of the driver's dozen starts per job need neither SDK nor SSH.
 */
function embedVendors(texts: string[]): esbuild.Plugin {
  return {
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
        const index = texts.push(compressed.toString('base64')) - 1;
        // esbuild writes ASCII only, which Latin-1 decodes without a second look.
        const source = `require('node:zlib').brotliDecompressSync(Buffer.from(embedded[${index}], 'base64')).toString('latin1')`;
        return {
          loader: 'js',
          contents:
            `require('node:vm').compileFunction(${source}, ['module', 'exports', 'require', '__filename', '__dirname'])` +
            `(module, module.exports, require, __filename, __dirname);`,
        };
      });
    },
  };
}

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

/** The driver: its program as a text with the code that V8 made of it, which the Node that built it can take as it is. */
async function buildDriver(outfile: string): Promise<void> {
  const texts: string[] = [];
  const result = await esbuild.build({
    ...common,
    entryPoints: ['src/main.ts'],
    write: false,
    plugins: [embedVendors(texts), noChildProcess],
  });
  const program = `${WRAPPER}${result.outputFiles[0]?.text ?? ''}\n})`;
  const code = await codeCache(program);
  const made = `${process.version} ${process.arch}`;
  // V8 itself refuses code that was made by another version or with other flags, and compiles the text then.
  const launcher = [
    '#!/usr/bin/env node',
    `const { Script } = require('node:vm');`,
    `const cachedData = \`\${process.version} \${process.arch}\` === ${JSON.stringify(made)} ? Buffer.from(${JSON.stringify(code)}, 'base64') : undefined;`,
    `const program = new Script(${JSON.stringify(program)}, { filename: __filename, cachedData });`,
    `program.runInThisContext()(exports, require, module, __filename, __dirname, ${JSON.stringify(texts)});`,
  ];
  await writeFile(resolve(root, outfile), `${launcher.join('\n')}\n`);
}

/** Functions that `config` has needed are in it too, which are those that every stage needs first. @returns Base64. */
async function codeCache(program: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'code-cache-'));
  const [source, cache, maker] = ['program.js', 'cache', 'maker.cjs'].map((name) => join(folder, name));
  if (!source || !cache || !maker) throw new Error('unreachable');
  const settings = resolve(root, 'config/config.toml');
  try {
    await writeFile(source, program);
    await writeFile(
      maker,
      `const { readFileSync, writeFileSync } = require('node:fs');
const { Script } = require('node:vm');
const program = new Script(readFileSync(${JSON.stringify(source)}, 'utf8'));
process.on('exit', () => writeFileSync(${JSON.stringify(cache)}, program.createCachedData()));
process.argv = [process.argv0, __filename, 'config', '--config', ${JSON.stringify(settings)}];
program.runInThisContext()(exports, require, module, __filename, __dirname, []);`,
    );
    await promisify(execFile)(process.execPath, [maker], { env: {} });
    return (await readFile(cache)).toString('base64');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Builds the two programs into `dist/`: the driver and the emulator, one file each, no `node_modules` needed beside them. */
export async function build(): Promise<void> {
  const [driver, emulator] = ['dist/gitlab-eci-executor.cjs', 'dist/eci-emulator.cjs'] as const;
  await esbuild.build({
    ...common,
    keepNames: true,
    entryPoints: ['src/emulator/main.ts'],
    outfile: emulator,
    banner: { js: '#!/usr/bin/env node' },
  });
  await buildDriver(driver);
  for (const file of [driver, emulator]) await chmod(resolve(root, file), 0o755);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
