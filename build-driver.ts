import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompressSync } from 'node:zlib';
import type * as esbuild from 'esbuild';
import { mendings, standIns } from './build-stand-ins.ts';
import { type Occasion, type Program, type Text, textsOf } from './build-texts.ts';

/**
 * What is loaded beside the main program, and together. All else is one text more. Hot is what most calls of a job load: every call reads the
 * whole file, so what few of them need is small first, and quick second.
 */
const OCCASIONS: readonly Occasion[] = [
  { entry: 'src/commands/config.ts', isHot: true },
  { entry: 'src/commands/prepare.ts', isHot: false },
  { entry: 'src/commands/run.ts', isHot: true },
  { entry: 'src/commands/cleanup.ts', isHot: false },
  { entry: 'src/commands/collect-in-passing.ts', isHot: false },
  { entry: 'src/commands/open-log.ts', isHot: false },
  { entry: 'src/settings/load.ts', isHot: false },
  { entry: 'src/eci/sdk-call.ts', isHot: false },
  { entry: 'src/eci/sdk-client.ts', isHot: false },
  { entry: 'src/report/vendor.ts', isHot: false },
];

/**
 * Builds the driver: a launcher, and in its comments, which V8 passes over, the texts and the code that V8 has made of them. The Node that built
 * it can take that code as it is, others compile the text.
 * @returns what esbuild says of it.
 */
export async function buildDriver(root: string, file: string, common: esbuild.BuildOptions): Promise<esbuild.Metafile> {
  const program = await textsOf('src/main.ts', OCCASIONS, { ...common, plugins: [standIns, mendings] });
  const codes = await codesOf(program, root);
  // A job that starts meanwhile finds the old program or the new one.
  await writeFile(`${file}.new`, launcher(program, codes), { mode: 0o755 });
  await rename(`${file}.new`, file);
  return program.metafile;
}

/** Where a part lies in the comments: the first character and the one behind the last. */
type Place = readonly [number, number];

/**
 * What fails before the program has its own handlers must not end with 1 either, which is "the script failed". A function's text is the part of
 * the source that Node holds already: nothing is read twice, and nothing is looked for in a file that may have been replaced meanwhile.
 *
 * Hot texts stand there as they are, and V8 compiles them where they stand. Others are compressed.
 */
function launcher({ texts, main }: Program, codes: ReadonlyMap<Text, Buffer>): string {
  const opening = '() => {\n';
  let comments = opening;
  const add = (part: string): Place => {
    comments += '//';
    const from = comments.length;
    comments += part;
    const place = [from, comments.length] as const;
    comments += '\n';
    return place;
  };
  const packed = (part: Buffer): string => brotliCompressSync(part).toString('base64');
  const places = texts.map((text) => {
    const { source, isHot } = text;
    const code = codes.get(text);
    const hot = source.replaceAll('\n', '\n//');
    return {
      isHot,
      source: add(isHot ? hot : packed(Buffer.from(source))),
      code: code === undefined ? undefined : add(isHot ? code.toString('base64') : packed(code)),
    };
  });
  const textOf = Object.fromEntries(texts.flatMap(({ modules }, index) => modules.map((name) => [name, index])));
  const made = JSON.stringify(`${process.version} ${process.arch}`);
  return `#!/usr/bin/env node
try {
const { Script } = require('node:vm');
const comments = String(${comments}});
const texts = ${JSON.stringify(places)};
const textOf = ${JSON.stringify(textOf)};
const isMaker = \`\${process.version} \${process.arch}\` === ${made};
const bytes = (place, isHot) => {
const part = Buffer.from(comments.slice(...place), 'base64');
return isHot ? part : require('node:zlib').brotliDecompressSync(part);
};
const compiled = [];
const compile = (index) => {
const { isHot, source, code } = texts[index];
const text = isHot ? comments.slice(...source).replaceAll('\\n//', '\\n') : bytes(source).latin1Slice();
return new Script(text, { filename: __filename, cachedData: isMaker && code ? bytes(code, isHot) : undefined }).runInThisContext();
};
const modules = new Map();
const load = (name) => {
if (!(name.slice(2) in textOf)) return require(name);
const known = modules.get(name);
if (known) return known.exports;
const module = { exports: {} };
modules.set(name, module);
const functions = (compiled[textOf[name.slice(2)]] ??= compile(textOf[name.slice(2)]));
functions[name.slice(2)](module.exports, load, module, __filename, __dirname);
return module.exports;
};
load('./${main}');
} catch (error) {
console.error(\`gitlab-eci-executor cannot start (\${error.name}: \${error.message}). Build it again with Node 20 or later.\`);
process.exit(Number(process.env.SYSTEM_FAILURE_EXIT_CODE) || 2);
}
`;
}

/**
 * The code that V8 has made of each text when it has been loaded, functions that were needed included. Nothing is done but what settles itself:
 * one `config` is printed; of all else, the modules are loaded.
 */
async function codesOf(program: Program, root: string): Promise<Map<Text, Buffer>> {
  const folder = await mkdtemp(join(tmpdir(), 'code-'));
  const [driver, preload, made] = [join(folder, 'driver.cjs'), join(folder, 'preload.cjs'), join(folder, 'made')];
  try {
    await writeFile(preload, WRITES_CODE);
    const codes = new Map<Text, Buffer>();
    // Nothing has to be compressed for this.
    const texts = program.texts.map((text) => ({ ...text, isHot: true }));
    for (const main of [program.main, ...program.entries]) {
      await writeFile(driver, launcher({ ...program, texts, main }, new Map()));
      await writeFile(made, '');
      const args = ['--random-seed=1', '--require', preload, driver, 'config', '--config', 'config/config.toml'];
      await promisify(execFile)(process.execPath, args, { cwd: root, env: { MADE: made } });
      const lines = (await readFile(made, 'utf8')).trim().split('\n');
      const found = new Map(lines.map((line) => JSON.parse(line) as [string, string]));
      for (const text of program.texts) {
        const code = Buffer.from(found.get(text.source) ?? '', 'base64');
        if (code.length > (codes.get(text)?.length ?? 0)) codes.set(text, code);
      }
    }
    return codes;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Runs before the driver, and writes down what it compiles: the text and V8's code. The name of the temporary folder would get into the code, as
 * would the seed that V8 hashes strings with, one of its own in every process.
 */
const WRITES_CODE = `
const vm = require('node:vm');
const { appendFileSync } = require('node:fs');
const scripts = new Map();
vm.Script = class extends vm.Script {
  constructor(text) {
    super(text, { filename: 'gitlab-eci-executor' });
    scripts.set(text, this);
  }
};
process.on('exit', () => {
  for (const [text, script] of scripts)
    appendFileSync(process.env.MADE, JSON.stringify([text, script.createCachedData().toString('base64')]) + '\\n');
});
`;
