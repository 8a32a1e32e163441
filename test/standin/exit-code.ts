import { readFileSync } from 'node:fs';
import { BuildError } from './failure.ts';

/** How a driver's process ended, as Node tells it: one of the two is set. */
export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

export const BUILD_FAILURE_EXIT_CODE = 1;
export const SYSTEM_FAILURE_EXIT_CODE = 2;

/** Go's words for the signals that end a driver. */
const SIGNAL_WORDS: Readonly<Record<string, string>> = {
  SIGABRT: 'aborted',
  SIGHUP: 'hangup',
  SIGINT: 'interrupt',
  SIGKILL: 'killed',
  SIGPIPE: 'broken pipe',
  SIGSEGV: 'segmentation fault',
  SIGTERM: 'terminated',
};

/**
 * What the runner makes of a driver's exit: 1 is the job's fault, 2 the system's, anything else unknown, and that counts as the system's
 * (runner: `executors/custom/command/command.go`).
 * @returns undefined for success.
 */
export function failureOf(end: ProcessEnd, exitCodeFile: string): Error | undefined {
  if (end.exitCode === 0) return undefined;
  const words =
    end.signal === null ? `exit status ${end.exitCode ?? -1}` : `signal: ${SIGNAL_WORDS[end.signal] ?? end.signal}`;
  if (end.exitCode === SYSTEM_FAILURE_EXIT_CODE) return new Error(words);
  if (end.exitCode !== BUILD_FAILURE_EXIT_CODE) return unknownFailure(end.exitCode ?? -1, words);
  const line = firstLine(exitCodeFile);
  if (line === undefined) return new BuildError(words, 'script_failure', BUILD_FAILURE_EXIT_CODE);
  if (!/^[+-]?\d+$/.test(line)) return unknownFailure(SYSTEM_FAILURE_EXIT_CODE, words);
  return new BuildError(`exit status ${line}`, 'script_failure', Number(line));
}

const unknownFailure = (exitCode: number, words: string): Error =>
  new Error(`unknown Custom executor executable exit code ${exitCode}; executable execution terminated with: ${words}`);

/** The driver need not write the file, so a file that cannot be read is none. */
function firstLine(file: string): string | undefined {
  try {
    const [line = ''] = readFileSync(file, 'utf8').split('\n');
    return line.replace(/\r$/, '');
  } catch {
    return undefined;
  }
}
