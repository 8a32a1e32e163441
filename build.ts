import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompressSync } from 'node:zlib';
import * as esbuild from 'esbuild';
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

/** What a text of the driver finds around it: Node's own names for a module, and what compiles the other texts, by number. */
const WRAPPER = '(function (exports, require, module, __filename, __dirname, embedded) {';

/**
 * Takes each `vendor.ts` out of the program: V8 reads through all of a program's source at every start, and most of the driver's dozen starts
 * per job need neither SDK nor SSH.
 */
function embedVendors(texts: string[], metafiles: esbuild.Metafile[]): esbuild.Plugin {
  return {
    name: 'embed-vendors',
    async setup(builder) {
      // esbuild comes upon them in any order, and the same sources are to make the same bytes.
      const names = (await readdir(resolve(root, 'src'), { recursive: true }))
        .filter((name) => basename(name) === 'vendor.ts')
        .sort();
      // The ending `.cjs` tells esbuild that what stands in for the file is CommonJS.
      builder.onResolve({ filter: /\/vendor\.ts$/ }, ({ path, resolveDir }) => ({
        path: `${resolve(resolveDir, path)}.cjs`,
        namespace: 'embedded',
      }));
      builder.onLoad({ filter: /.*/, namespace: 'embedded' }, async ({ path: name }) => {
        const path = name.replace(/\.cjs$/, '');
        const result = await esbuild.build({ ...common, entryPoints: [path], write: false, plugins: [noPoly1305] });
        const index = names.indexOf(relative(resolve(root, 'src'), path));
        texts[index] = wrapped(path, result);
        metafiles.push(result.metafile);
        const contents = `embedded(${index})(exports, require, module, __filename, __dirname);`;
        return { loader: 'js', contents };
      });
    },
  };
}

/** @throws when there is anything else than ASCII: the texts are read as Latin-1, which needs no second look. esbuild escapes all but regular expressions. */
function wrapped(name: string, result: esbuild.BuildResult<{ write: false }>): string {
  const { text } = onlyOutput(result);
  // eslint-disable-next-line no-control-regex
  if (/[^\x00-\x7f]/.test(text)) throw new Error(`${name} has characters beyond ASCII in its bundle`);
  return `${WRAPPER}${text}\n})`;
}

function onlyOutput({ outputFiles: [file, ...others] }: esbuild.BuildResult<{ write: false }>): esbuild.OutputFile {
  if (!file || others.length > 0) throw new Error('esbuild has not made exactly one file');
  return file;
}

/**
 * ssh2 compiles a WebAssembly module at every start, for the one cipher that we do not offer (src/ssh/connect.ts): eight milliseconds and some
 * megabytes of every stage.
 */
export const noPoly1305: esbuild.Plugin = {
  name: 'no-poly1305',
  setup(builder) {
    builder.onLoad({ filter: /ssh2.lib.protocol.crypto.poly1305\.js$/ }, () => ({
      contents: 'module.exports = () => Promise.resolve({ _malloc: () => 0, cwrap: () => undefined });',
      loader: 'js',
    }));
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

/**
 * The driver: a launcher, and in its comments, which V8 passes over, the texts and the code that V8 made of them. The Node that built it
 * can take that code as it is, others compile the text.
 */
async function buildDriver(outfile: string): Promise<esbuild.Metafile[]> {
  const texts: string[] = [];
  const metafiles: esbuild.Metafile[] = [];
  const result = await esbuild.build({
    ...common,
    entryPoints: ['src/main.ts'],
    write: false,
    plugins: [embedVendors(texts, metafiles), noChildProcess],
  });
  texts.push(wrapped('src/main.ts', result));
  const parts = await Promise.all(
    texts.map(async (text, index) => {
      const isProgram = index === texts.length - 1;
      const code = await codeOf(text, isProgram ? ['config', '--config', resolve(root, 'config/config.toml')] : []);
      return [Buffer.from(text), code].map((part) => (isProgram ? part : brotliCompressSync(part)));
    }),
  );
  const lines = parts.flat().map((part) => `//${part.toString('base64')}`);
  // A job that starts meanwhile finds the old program or the new one.
  await writeFile(`${outfile}.new`, launcher(lines), { mode: 0o755 });
  await rename(`${outfile}.new`, outfile);
  return [result.metafile, ...metafiles];
}

/**
 * What fails before the program has its own handlers must not end with 1 either, which is "the script failed". A function's text is the part of
 * the source that Node holds already: nothing is read twice, and nothing is looked for in a file that may have been replaced meanwhile.
 */
function launcher(lines: readonly string[]): string {
  const made = JSON.stringify(`${process.version} ${process.arch}`);
  return `#!/usr/bin/env node
try {
const { Script } = require('node:vm');
const lines = String(() => {
${lines.join('\n')}
}).split('\\n');
const part = (index) => Buffer.from(lines[index + 1].slice(2), 'base64');
const whole = (index) => require('node:zlib').brotliDecompressSync(part(index));
const isMaker = \`\${process.version} \${process.arch}\` === ${made};
const compile = (source, code) => new Script(source.latin1Slice(), { filename: __filename, cachedData: isMaker ? code() : undefined }).runInThisContext();
const embedded = (index) => compile(whole(2 * index), () => whole(2 * index + 1));
compile(part(${lines.length - 2}), () => part(${lines.length - 1}))(exports, require, module, __filename, __dirname, embedded);
} catch (error) {
console.error(\`gitlab-eci-executor cannot start (\${error.name}: \${error.message}). Build it again with Node 20 or later.\`);
process.exit(Number(process.env.SYSTEM_FAILURE_EXIT_CODE) || 2);
}
`;
}

/** The code that V8 has made of a text when it has been run, functions that these arguments have needed included. */
async function codeOf(text: string, args: readonly string[]): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'code-'));
  const [source, code, maker] = [join(folder, 'source'), join(folder, 'code'), join(folder, 'maker.cjs')];
  try {
    await writeFile(source, text);
    await writeFile(
      maker,
      `const { readFileSync, writeFileSync } = require('node:fs');
const { Script } = require('node:vm');
const script = new Script(readFileSync(${JSON.stringify(source)}, 'latin1'));
process.on('exit', () => writeFileSync(${JSON.stringify(code)}, script.createCachedData()));
process.argv = [process.argv0, __filename, ...${JSON.stringify(args)}];
script.runInThisContext()(exports, require, module, __filename, __dirname);`,
    );
    // V8 hashes strings with a seed of its own in every process, and the hashes get into the code.
    await promisify(execFile)(process.execPath, ['--random-seed=1', maker], { env: {} });
    return await readFile(code);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

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
  const metafiles = { [driver]: await buildDriver(file(driver)), [emulator]: [metafile] };
  const programs = { [driver]: await readFile(file(driver)), [emulator]: await readFile(file(emulator)) };
  await writeFile(file('sbom.cdx.json'), sbomOf(programs, metafiles));
  return metafiles;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
