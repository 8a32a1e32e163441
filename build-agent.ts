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

/** Where Go's own installer puts it, for those who have not put it into PATH. */
const PLACES = ['go', '/usr/local/go/bin/go'];

/** @returns the Go to build with, or undefined where there is none that is new enough for `go.mod`. */
export function findGo(): string | undefined {
  return PLACES.find((go) => {
    try {
      execFileSync(go, ['list', '-m'], { cwd: SOURCE, env: goEnvironment(), stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}

/** Whatever else could get into the program is set, so that every machine builds the same bytes; nothing downloads another Go. */
export const goEnvironment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  CGO_ENABLED: '0',
  GOOS: 'linux',
  GOAMD64: 'v1',
  GOARM64: 'v8.0',
  GOEXPERIMENT: '',
  GOFIPS140: 'off',
  GOFLAGS: '-mod=readonly -trimpath -buildvcs=false',
  GOTOOLCHAIN: 'local',
  GOWORK: 'off',
});

/**
 * Builds the agent: one static program per architecture, `FOLDER/eci-agent-ARCHITECTURE`.
 * @returns the files. @throws Error when Go is missing, or too old.
 */
export async function buildAgent(folder: string, architectures: readonly Architecture[]): Promise<string[]> {
  const go = findGo();
  if (go === undefined) throw new Error('Go is missing, or older than src/agent/go.mod asks for: https://go.dev/dl/');
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const flags = `-s -w -buildid= -X main.version=${version}`;
  await mkdir(folder, { recursive: true });
  const files: string[] = [];
  for (const architecture of architectures) {
    const file = join(folder, `eci-agent-${architecture}`);
    await promisify(execFile)(go, ['build', '-ldflags', flags, '-o', file, '.'], {
      cwd: SOURCE,
      env: { ...goEnvironment(), GOARCH: architecture },
    });
    files.push(file);
  }
  return files;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const file of await buildAgent(join(root, 'dist/agent'), ARCHITECTURES)) console.log(file);
}
