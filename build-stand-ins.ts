import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/** What stands in for a module in the bundle, in place of its own code. */
interface StandIn {
  /** The module as its importer names it. */
  readonly module: RegExp;
  /** The only packages that get the stand-in; all if not given. */
  readonly importer?: RegExp;
  readonly contents: string;
}

/** Each costs every start of the driver one to eight milliseconds, or memory for as long as it runs, for what the driver never asks of it. */
const STAND_INS: readonly StandIn[] = [
  // ssh2 compiles a WebAssembly module for the one cipher that we do not offer (src/ssh/connect.ts).
  {
    module: /^\.\/crypto\/poly1305\.js$/,
    importer: /node_modules.ssh2./,
    contents: 'module.exports = () => Promise.resolve({ _malloc: () => 0, cwrap: () => undefined });',
  },
  // ssh2's native addons, and what asks the processor whether they are worth it: one file has no place for them, and ssh2 expects them to be missing.
  { module: /\.node$|^cpu-features$/, contents: "throw new Error('no native addons');" },
  // commander starts subcommands that are programs of their own. None of ours is.
  { module: /^(node:)?child_process$/, importer: /node_modules.commander./, contents: 'module.exports = {};' },
  // ssh2 speaks with key agents, moves files, looks up names and inflates packets. The driver has its key in hand, moves none, gives it an open
  // socket and offers no compression (src/ssh/connect.ts).
  {
    module: /^\.\/agent\.js$/,
    importer: /node_modules.ssh2./,
    contents: 'module.exports = { AgentContext: class {}, createAgent: () => undefined, isAgent: () => false };',
  },
  { module: /\/SFTP\.js$/, importer: /node_modules.ssh2./, contents: 'exports.SFTP = class {};' },
  { module: /^dns$/, importer: /node_modules.ssh2./, contents: 'module.exports = {};' },
  {
    module: /^zlib$/,
    importer: /node_modules.ssh2./,
    contents: 'module.exports = { createInflate: () => ({ _handle: {} }), constants: {} };',
  },
  // A private key with a passphrase cannot be read then: this is what bcrypt answers when it fails.
  { module: /^bcrypt-pbkdf$/, importer: /node_modules.ssh2./, contents: 'exports.pbkdf = () => -1;' },
  // The two functions that asn1 uses.
  {
    module: /^assert$/,
    importer: /node_modules.asn1./,
    contents: `
      exports.ok = (value) => { if (!value) throw new Error('what is written or read is no ASN.1'); };
      exports.equal = (value, expected) => exports.ok(value === expected);`,
  },
];

/** Puts the stand-ins into a bundle. */
export const standIns: Plugin = {
  name: 'stand-ins',
  setup(builder) {
    for (const [index, { module, importer }] of STAND_INS.entries()) {
      builder.onResolve({ filter: module }, (asked) =>
        importer === undefined || importer.test(asked.importer)
          ? { path: String(index), namespace: 'stand-in' }
          : undefined,
      );
    }
    builder.onLoad({ filter: /.*/, namespace: 'stand-in' }, ({ path }) => ({
      contents: STAND_INS[Number(path)]?.contents ?? '',
      loader: 'js',
    }));
  },
};

/** What is changed in a module's own code. */
interface Mending {
  readonly file: RegExp;
  readonly find: RegExp;
  readonly replacement: string;
}

const MENDINGS: readonly Mending[] = [
  // ssh2 signs and verifies something at each start, to learn whether Node knows Ed25519. Every Node that we run on does.
  {
    file: /node_modules.ssh2.lib.protocol.constants\.js$/,
    find: /(?<=const eddsaSupported = )\(\(\) => \{.*?\n\}\)\(\)/s,
    replacement: 'true',
  },
  // zod would compile each schema to a function first, which takes longer than the one document that a process checks with it. Its own
  // `config({ jitless: true })` would have to be called before any schema is made.
  {
    file: /node_modules.zod.v4.core.core\.js$/,
    find: /(?<=__zod_globalConfig = )\{\}/,
    replacement: '{ jitless: true }',
  },
];

/** Changes what {@link MENDINGS} say. @throws when a module's code is not what it was. */
export const mendings: Plugin = {
  name: 'mendings',
  setup(builder) {
    for (const { file, find, replacement } of MENDINGS) {
      builder.onLoad({ filter: file }, async ({ path }) => {
        const code = await readFile(path, 'utf8');
        if (!find.test(code)) throw new Error(`${path} has changed: ${find.source} is not in it`);
        return { contents: code.replace(find, replacement), loader: 'js' };
      });
    }
  },
};
