import { basename } from 'node:path';
import * as esbuild from 'esbuild';

/** What the driver compiles at once: modules by their names. */
export interface Text {
  /** JavaScript in ASCII: an object of functions that Node's names for a module are handed to. */
  readonly source: string;
  readonly modules: readonly string[];
  /** Loaded on at least one occasion that is hot. */
  readonly isHot: boolean;
}

/** What is loaded together by every call of one kind. */
export interface Occasion {
  /** The file that is imported then, with all that it imports in turn. */
  readonly entry: string;
  readonly isHot: boolean;
}

export interface Program {
  readonly texts: readonly Text[];
  /** The module to begin with. */
  readonly main: string;
  /** The modules that the occasions begin with. */
  readonly entries: readonly string[];
  readonly metafile: esbuild.Metafile;
}

/**
 * Bundles a program and divides it by who needs what: what the same occasions load is one text, so that a call reads no code of others, and no
 * module exists twice.
 */
export async function textsOf(
  main: string,
  occasions: readonly Occasion[],
  options: esbuild.BuildOptions,
): Promise<Program> {
  const { outputFiles, metafile } = await esbuild.build({
    ...options,
    entryPoints: [main],
    bundle: true,
    format: 'esm',
    splitting: true,
    outdir: 'dist',
    write: false,
    metafile: true,
  });
  const { outputs } = metafile;
  const chunkOf = (entry: string): string => {
    const found = Object.keys(outputs).find((file) => outputs[file]?.entryPoint === entry);
    if (found === undefined) throw new Error(`${entry} is nowhere imported by itself`);
    return found;
  };
  const loaded = (file: string, seen = new Set<string>()): Set<string> => {
    if (seen.has(file)) return seen;
    seen.add(file);
    for (const { path, kind, external } of outputs[file]?.imports ?? [])
      if (kind === 'import-statement' && !external) loaded(path, seen);
    return seen;
  };
  const [always, ...sometimes] = [{ entry: main, isHot: true }, ...occasions].map(({ entry, isHot }) => ({
    chunks: loaded(chunkOf(entry)),
    isHot,
  }));
  const groups = new Map<string, { chunks: string[]; isHot: boolean }>();
  for (const file of Object.keys(outputs).sort()) {
    const users = always?.chunks.has(file) ? [always] : sometimes.filter(({ chunks }) => chunks.has(file));
    const key = users.map((user) => sometimes.indexOf(user)).join(' ');
    const group = groups.get(key) ?? { chunks: [], isHot: users.some(({ isHot }) => isHot) };
    group.chunks.push(file);
    groups.set(key, group);
  }
  const codeOf = new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
  const texts = await Promise.all(
    [...groups.values()].map(async ({ chunks, isHot }): Promise<Text> => {
      const modules = chunks.map((file) => basename(file));
      const functions = await Promise.all(
        modules.map(async (name) => `${JSON.stringify(name)}:${await asFunction(codeOf.get(name) ?? '', options)}`),
      );
      return { source: ascii(`({${functions.join(',\n')}})`), modules, isHot };
    }),
  );
  const entries = occasions.map(({ entry }) => basename(chunkOf(entry)));
  return { texts, main: basename(chunkOf(main)), entries, metafile };
}

/** An ES module as a function that loads others through `require`. */
async function asFunction(code: string, { target, minify }: esbuild.BuildOptions): Promise<string> {
  const { code: text } = await esbuild.transform(code, {
    format: 'cjs',
    platform: 'node',
    supported: { 'dynamic-import': false },
    ...(target === undefined ? {} : { target }),
    ...(minify === undefined ? {} : { minify }),
  });
  return `function(exports,require,module,__filename,__dirname){${text}\n}`;
}

/** @throws when there is anything else than ASCII, or a carriage return, which texts between others cannot have. esbuild escapes all but regular expressions. */
function ascii(source: string): string {
  // eslint-disable-next-line no-control-regex
  const found = /[^\x00-\x7f]|\r/.exec(source);
  if (found) throw new Error(`a text has characters beyond ASCII: ${source.slice(found.index - 40, found.index + 40)}`);
  return source;
}
