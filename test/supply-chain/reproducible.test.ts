import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const MADE = ['gitlab-eci-executor.cjs', 'eci-emulator.cjs', 'sbom.cdx.json'];

/** What a build reads. */
const SOURCES = [
  ...(await readdir(root)).filter((name) => /^build.*\.ts$/.test(name)),
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'src',
  'supply-chain',
  'config',
];

/** Milliseconds for a copy of the packages and a whole build, on a machine that has other work as well. */
const PATIENCE = { timeout: 300_000 };

it(
  'the same sources make the same bytes in another folder, from no more packages than the bill of materials names',
  PATIENCE,
  async () => {
    const place = await mkdtemp(join(tmpdir(), 'built-elsewhere-'));
    onTestFinished(() => rm(place, { recursive: true, force: true }));
    const sbom = JSON.parse(await readFile(join(root, 'dist/sbom.cdx.json'), 'utf8')) as {
      components: { 'bom-ref': string }[];
    };
    const packages = sbom.components.map((each) => each['bom-ref']).filter((ref) => ref.startsWith('node_modules/'));
    for (const path of [...SOURCES, ...packages, 'node_modules/esbuild', 'node_modules/@esbuild'])
      await cp(join(root, path), join(place, path), { recursive: true });
    await promisify(execFile)(join(root, 'node_modules/.bin/tsx'), [join(place, 'build.ts')], { cwd: place });
    for (const name of MADE) {
      const [here, there] = await Promise.all([root, place].map((folder) => readFile(join(folder, 'dist', name))));
      expect(there && here?.equals(there), name).toBe(true);
    }
  },
);
