import { execFile, execFileSync } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('.', import.meta.url));
const SOURCE = join(root, 'src/agent');

/** The machines that ECI has, by Go's names, which are those of container images too. */
export const ARCHITECTURES = ['amd64', 'arm64'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

/** PATH, then where Go's own installer puts it. */
const PLACES = ['go', '/usr/local/go/bin/go'];

/** @returns the Go to build with, or undefined where there is none that is new enough for `src/agent/go.mod`. */
export function findGo(): string | undefined {
  return PLACES.find((go) => {
    try {
      execFileSync(go, ['list', '-m'], { cwd: SOURCE, env: { ...process.env, GOTOOLCHAIN: 'local' }, stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Builds the agent: one static program per architecture, `FOLDER/eci-agent-ARCHITECTURE`.
 * @returns the files. @throws Error when Go is missing or too old, or the build fails.
 */
export async function buildAgent(folder: string, architectures: readonly Architecture[]): Promise<string[]> {
  const go = findGo();
  if (go === undefined) throw new Error('Go is missing, or older than src/agent/go.mod asks for: https://go.dev/dl/');
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  await mkdir(folder, { recursive: true });
  const files: string[] = [];
  for (const architecture of architectures) {
    const file = join(folder, `eci-agent-${architecture}`);
    await promisify(execFile)(join(SOURCE, 'build.sh'), [architecture, version, file], {
      env: { ...process.env, GO: go },
    });
    files.push(file);
  }
  return files;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const file of await buildAgent(join(root, 'dist/agent'), ARCHITECTURES)) console.log(file);
}
