import { BUILD_FAILURE_EXIT_CODE, SYSTEM_FAILURE_EXIT_CODE } from './exit-code.ts';
import type { Variables } from './variables.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The files of one attempt that both sides know. */
export const responseFileIn = (tempDir: string): string => `${tempDir}/response.json`;
export const exitCodeFileIn = (tempDir: string): string => `${tempDir}/build_exit_code`;

interface Parts {
  /** What the runner's own process has. */
  readonly host: Environment;
  readonly tempDir: string;
  /** From the answer of config; empty before. */
  readonly jobEnv: Environment;
  readonly variables: Variables;
  readonly services: string;
}

/** A driver's environment. Later parts win; every name comes once, where it was set last. */
export function driverEnvironment({ host, tempDir, jobEnv, variables, services }: Parts): Record<string, string> {
  const result = new Map<string, string>();
  const set = (name: string, value: string | undefined): void => {
    if (value === undefined) return;
    result.delete(name);
    result.set(name, value);
  };
  for (const [name, value] of Object.entries(host)) set(name, value);
  set('TMPDIR', tempDir);
  set('BUILD_FAILURE_EXIT_CODE', String(BUILD_FAILURE_EXIT_CODE));
  set('SYSTEM_FAILURE_EXIT_CODE', String(SYSTEM_FAILURE_EXIT_CODE));
  set('BUILD_EXIT_CODE_FILE', exitCodeFileIn(tempDir));
  set('JOB_RESPONSE_FILE', responseFileIn(tempDir));
  for (const [name, value] of Object.entries(jobEnv)) set(name, value);
  for (const { key, value } of variables) set(`CUSTOM_ENV_${key}`, value);
  set('CUSTOM_ENV_CI_JOB_SERVICES', services);
  return Object.fromEntries(result);
}
