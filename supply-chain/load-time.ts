import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as esbuild from 'esbuild';
import { common } from '../build.ts';
import { mendings, standIns } from '../build-stand-ins.ts';

const STARTS = 15;

/** Loads `part.cjs` with V8's code for it, if that is there already, else leaves it behind; prints the milliseconds. */
const LOADER = `const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { Script } = require('node:vm');
const [source, file] = [readFileSync(__dirname + '/part.cjs', 'utf8'), __dirname + '/code'];
const code = existsSync(file) ? readFileSync(file) : undefined;
const begin = performance.now();
const script = new Script(source, { cachedData: code });
script.runInThisContext()(exports, require, module, __filename, __dirname);
console.log(performance.now() - begin);
if (!code) writeFileSync(file, script.createCachedData());
process.exit();`;

/**
 * @param source what is imported. @returns milliseconds to load it in a fresh process with V8's code for it, as the driver does: the fastest
 * of some starts, which is least disturbed. What Node itself loads for it counts too.
 */
export async function loadTime(source: string): Promise<number> {
  const { outputFiles } = await esbuild.build({
    ...common,
    stdin: { contents: source, resolveDir: common.absWorkingDir },
    write: false,
    plugins: [standIns, mendings],
  });
  const folder = await mkdtemp(join(tmpdir(), 'load-time-'));
  try {
    const text = outputFiles.map((file) => file.text).join('');
    const wrapped = `(function (exports, require, module, __filename, __dirname) {${text}\n})`;
    await Promise.all([writeFile(join(folder, 'part.cjs'), wrapped), writeFile(join(folder, 'loader.cjs'), LOADER)]);
    const start = async (): Promise<number> =>
      Number((await promisify(execFile)(process.execPath, [join(folder, 'loader.cjs')])).stdout);
    await start();
    const times: number[] = [];
    for (let each = 0; each < STARTS; each++) times.push(await start());
    return Math.min(...times);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
