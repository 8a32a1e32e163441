import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The driver as it is shipped. `test/support/build-once.ts` builds it before any test. */
export const DRIVER = fileURLToPath(new URL('../../dist/gitlab-eci-executor.cjs', import.meta.url));
export const EMULATOR = fileURLToPath(new URL('../../dist/eci-emulator.cjs', import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the driver's bundle to its end, with nothing in its environment but what is given, and nothing on stdin if that is not given. */
export function runDriver(
  args: readonly string[],
  env: Record<string, string> = {},
  stdin = '',
  program = DRIVER,
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], { env, stdio: 'pipe' });
    // Most commands never read it.
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin);
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString('utf8')));
    child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString('utf8')));
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, ...output }));
  });
}
