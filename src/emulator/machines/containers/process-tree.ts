import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  /** Tells a process from a later one of the same number. */
  readonly startedAt: string;
}

/** @returns undefined when there is no such process, or only what its parent has not yet asked about. */
export function processFacts(pid: number): ProcessFacts | undefined {
  const stat = readOrNothing(`/proc/${pid}/stat`);
  // The name in parentheses may hold blanks and parentheses of its own (man 5 proc).
  const [state, parent, ...others] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const startedAt = others[17];
  if (startedAt === undefined || state === 'Z' || state === 'X') return undefined;
  return { pid, parent: Number(parent), startedAt };
}

/** The words of a process's command; empty when it has ended. */
export const commandLine = (pid: number): string => readOrNothing(`/proc/${pid}/cmdline`);

/**
 * Everything that runs below a process, its own children first. Below the first process of a pid namespace that is all that runs in it.
 * @returns process numbers as this process sees them.
 */
export function descendants(root: number): { readonly children: number[]; readonly all: number[] } {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  const facts = pids.flatMap((pid) => processFacts(Number(pid)) ?? []);
  const childrenOf = (parents: readonly number[]): number[] =>
    facts.filter(({ parent }) => parents.includes(parent)).map(({ pid }) => pid);
  const children = childrenOf([root]);
  const all: number[] = [];
  for (let level = children; level.length > 0; level = childrenOf(level)) all.push(...level);
  return { children, all };
}

/** @returns false when there is no such process any more. */
export function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
