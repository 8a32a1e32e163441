import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import type { ProcessGroups } from './process-groups.ts';

/** What a container gives to every program that is started in it. */
export interface ScriptPlace {
  /** The run folder: scripts and logs. */
  readonly folder: string;
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly groups: ProcessGroups;
  /** Real path of one that the container sees. */
  readonly resolve: (path: string) => string;
}

interface Start {
  readonly argv: readonly string[];
  readonly pathPrefix: string | undefined;
  readonly umask?: string | undefined;
  readonly stdio: StdioOptions;
}

/** Starts a program in a session of its own. Rejects when it cannot be started. */
export async function startIn(place: ScriptPlace, start: Start): Promise<ChildProcess & { readonly pid: number }> {
  const [program = '', ...args] = start.argv;
  const child = withUmask(start.umask, () =>
    spawn(program, args, {
      cwd: place.workingDirectory,
      env: withPrefix(place.environment, start.pathPrefix && place.resolve(start.pathPrefix)),
      detached: true,
      stdio: start.stdio,
    }),
  );
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  return child as ChildProcess & { readonly pid: number };
}

/**
 * Node has no umask for a child alone. A wrapping shell would do, but puts PWD and other variables into the environment. `spawn` has forked when it
 * returns, so the emulator's own umask is another one for that moment only.
 */
function withUmask<T>(umask: string | undefined, act: () => T): T {
  if (umask === undefined) return act();
  const before = process.umask(Number.parseInt(umask, 8));
  try {
    return act();
  } finally {
    process.umask(before);
  }
}

const withPrefix = (
  environment: Readonly<Record<string, string>>,
  prefix: string | undefined,
): Readonly<Record<string, string>> =>
  prefix ? { ...environment, PATH: environment.PATH ? `${prefix}:${environment.PATH}` : prefix } : environment;
