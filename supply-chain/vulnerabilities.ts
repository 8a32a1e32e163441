import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

interface Audit {
  /** Of packages, by name. Missing when the registry has not answered the question. */
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string }>>;
}

const root = fileURLToPath(new URL('..', import.meta.url));
/** Milliseconds. */
const PATIENCE = 120_000;

/** Go's own tool: it looks at the functions that are called. */
const GOVULNCHECK = 'golang.org/x/vuln/cmd/govulncheck@v1.1.4';

/** @returns what npm's database says of the packages that are shipped, a line each; undefined when it cannot be asked. */
function ofPackages(): string[] | undefined {
  const { stdout } = spawnSync('npm', ['audit', '--json', '--omit=dev'], {
    cwd: root,
    encoding: 'utf8',
    timeout: PATIENCE,
  });
  const { vulnerabilities } = parsed(stdout ?? '');
  return vulnerabilities && Object.entries(vulnerabilities).map(([name, { severity }]) => `${name}: ${severity}`);
}

function parsed(text: string): Audit {
  try {
    return JSON.parse(text) as Audit;
  } catch {
    return {};
  }
}

/** @returns the same of what the agent is linked with. */
function ofAgent(): string[] | undefined {
  const { status, stdout } = spawnSync('go', ['run', GOVULNCHECK, './...'], {
    cwd: `${root}/src/agent`,
    encoding: 'utf8',
    timeout: PATIENCE,
  });
  if (status === 0) return [];
  // `go run` ends with 1 whether something was found or nothing could be asked.
  return /^Vulnerability #1: /m.test(stdout) ? [stdout.trim()] : undefined;
}

for (const [name, ask] of [
  ["npm's database", ofPackages],
  ["Go's database", ofAgent],
] as const) {
  const found = ask();
  if (found === undefined) console.log(`${name} cannot be reached from here: nothing is known.`);
  else console.log(found.length === 0 ? `${name} knows of nothing.` : `${name} knows of:\n${found.join('\n')}`);
  if (found !== undefined && found.length > 0) process.exitCode = 1;
}
