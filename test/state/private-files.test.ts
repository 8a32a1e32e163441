import { execFileSync } from 'node:child_process';
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bundled } from '../support/bundled.ts';

const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

/** A command line's beginning: a user namespace in which this user, or nobody, is root, and everybody else nobody. */
const NAMESPACE = [
  ...(isRoot ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : []),
  ...['unshare', '--user', '--map-root-user'],
];

function run(...words: readonly string[]): string {
  const [program = '', ...args] = [...NAMESPACE, ...words];
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function hasNamespaces(): boolean {
  try {
    return run('id', '-u') === '0\n';
  } catch {
    return false;
  }
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'namespace-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it.skipIf(!hasNamespaces())(
  'a state folder is used in a user namespace, where the folders above it belong to nobody (needs user namespaces)',
  async () => {
    const program = await bundled(fileURLToPath(new URL('host-id-of.ts', import.meta.url)), folder);
    await chmod(folder, 0o755);
    if (isRoot) await chown(folder, NOBODY, NOBODY);
    const state = join(folder, 'state');
    expect(run(process.execPath, program, state)).toMatch(/^[0-9a-f]{16}$/);
  },
);
