import { constants } from 'node:os';
import type { ScriptEnd } from '../script/script-end.ts';
import type { RunnerContract } from './contract.ts';
import { containerOf, savesResults } from './stages.ts';

/** What one call of ours amounts to, in the only words the runner knows. */
export type StageOutcome =
  | { readonly kind: 'success' }
  /** `code` goes to BUILD_EXIT_CODE_FILE, for `allow_failure:exit_codes`. */
  | { readonly kind: 'build-failure'; readonly code: number }
  | { readonly kind: 'system-failure' };

/** Only a script that finished with non-zero is a failure of the job. Everything that happened to it instead is the system's. */
export function outcomeOf(stage: string, end: ScriptEnd): StageOutcome {
  switch (end.kind) {
    case 'exited':
      if (end.code === 0) return { kind: 'success' };
      return savesResults(stage) ? { kind: 'system-failure' } : { kind: 'build-failure', code: end.code };
    case 'signalled':
      return savesResults(stage)
        ? { kind: 'system-failure' }
        : { kind: 'build-failure', code: signalExitCode(end.signal) };
    case 'no-shell':
      // The Kubernetes executor exits 1 too. The helper's image is the operator's.
      return containerOf(stage) === 'build' ? { kind: 'build-failure', code: 1 } : { kind: 'system-failure' };
    case 'interrupted':
    case 'cancelled':
    case 'group-lost':
    case 'refused':
    case 'lost':
      return { kind: 'system-failure' };
  }
}

/** 128 + the signal's number, as a shell reports it. A name that this system does not know counts as KILL. */
function signalExitCode(name: string): number {
  const numbers: Readonly<Record<string, number | undefined>> = constants.signals;
  return 128 + (numbers[`SIG${name}`] ?? constants.signals.SIGKILL);
}

/** Exit code of our process, and the first line of BUILD_EXIT_CODE_FILE: one place decides. */
export function exitFor(outcome: StageOutcome, contract: RunnerContract): { code: number; exitCodeFile?: string } {
  switch (outcome.kind) {
    case 'success':
      return { code: 0 };
    case 'build-failure':
      return { code: contract.buildFailureExitCode, exitCodeFile: `${outcome.code}\n` };
    case 'system-failure':
      return { code: contract.systemFailureExitCode };
  }
}
