import { spawn } from 'node:child_process';

export interface ProgramEnd {
  readonly milliseconds: number;
  readonly code: number | null;
}

/** Runs a program to its end, its output taken as fast as it comes. */
export function timed(
  command: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
  onOutput: (chunk: Buffer) => void = () => undefined,
  stdin?: Buffer,
): Promise<ProgramEnd> {
  const startedAt = performance.now();
  const [program, ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: [stdin ? 'pipe' : 'ignore', 'pipe', 'ignore'] });
    child.stdin?.end(stdin);
    child.stdout?.on('data', onOutput);
    child.once('error', reject);
    child.once('close', (code) => resolve({ milliseconds: performance.now() - startedAt, code }));
  });
}

/** @returns milliseconds. @throws when the program has failed. */
export async function succeeded(end: Promise<ProgramEnd>): Promise<number> {
  const { milliseconds, code } = await end;
  if (code !== 0) throw new Error(`a program that is measured ended with ${code}`);
  return milliseconds;
}
