import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
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
        const index = texts.push(brotliCompressSync(ascii(path, result)).toString('base64')) - 1;
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

/** @throws when there is anything else than ASCII: the texts are read as Latin-1, which needs no second look. esbuild escapes all but regular expressions. */
function ascii(name: string, result: esbuild.BuildResult<{ write: false }>): Uint8Array {
  const { contents } = onlyOutput(result);
  if (contents.some((byte) => byte > 127)) throw new Error(`${name} has characters beyond ASCII in its bundle`);
  return contents;
}

function onlyOutput({ outputFiles: [file, ...others] }: esbuild.BuildResult<{ write: false }>): esbuild.OutputFile {
  if (!file || others.length > 0) throw new Error('esbuild has not made exactly one file');
  return file;
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
  const program = `${WRAPPER}${onlyOutput(result).text}\n})`;
  const code = await codeCache(program);
  const made = `${process.version} ${process.arch}`;
  // Where V8 refuses the code (other flags, another processor's features) it compiles the text. Another version's code is not even decoded.
  // What fails before the program has its own handlers must not end with 1 either, which is "the script failed".
  const launcher = [
    '#!/usr/bin/env node',
    `try {`,
    `const { Script } = require('node:vm');`,
    `const cachedData = \`\${process.version} \${process.arch}\` === ${JSON.stringify(made)} ? Buffer.from(${JSON.stringify(code)}, 'base64') : undefined;`,
    `const program = new Script(${JSON.stringify(program)}, { filename: __filename, cachedData });`,
    `program.runInThisContext()(exports, require, module, __filename, __dirname, ${JSON.stringify(texts)});`,
    `} catch (error) {`,
    `console.error(\`gitlab-eci-executor cannot start (\${error.name}: \${error.message}). Build it again with Node 20 or later.\`);`,
    `process.exit(Number(process.env.SYSTEM_FAILURE_EXIT_CODE) || 2);`,
    `}`,
  ];
  // A job that starts meanwhile finds the old program or the new one.
  const file = resolve(root, outfile);
  await writeFile(`${file}.new`, `${launcher.join('\n')}\n`, { mode: 0o755 });
  await rename(`${file}.new`, file);
}

/** Functions that `config` has needed are in it too, which are those that every stage needs first. @returns Base64. */
async function codeCache(program: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'code-cache-'));
  const [source, cache, maker] = [join(folder, 'program.js'), join(folder, 'cache'), join(folder, 'maker.cjs')];
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
  await chmod(resolve(root, emulator), 0o755);
  await buildDriver(driver);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
