import { DRIVER } from '../support/bundle.ts';

/**
 * Writes the job and the stage (the last argument of `run`, else the first) into the file that is its own first argument, and becomes the driver: the
 * runner's signals and exit codes are the driver's own. Arguments: FILE STAGE … as the runner passes them.
 */
export const RECORDING_DRIVER = `#!/bin/sh
calls=$1
shift
stage=$1
if [ "$stage" = run ]; then for stage; do :; done; fi
echo "$CUSTOM_ENV_CI_JOB_ID $stage" >> "$calls"
exec ${shellWord(process.execPath)} ${shellWord(DRIVER)} "$@"
`;

/** Seconds, by their names in `config.toml`. What is not given is the runner's default, or what `config/runner.toml` advises. */
export interface RunnerTimes {
  readonly shutdown_timeout?: number;
  readonly config_exec_timeout?: number;
  readonly prepare_exec_timeout?: number;
  readonly cleanup_exec_timeout?: number;
  readonly graceful_kill_timeout?: number;
}

interface RunnerConfig {
  readonly url: string;
  readonly token: string;
  /** The recording driver and its first argument. */
  readonly driver: readonly [string, string];
  readonly settingsFile: string;
  readonly times: RunnerTimes;
  readonly concurrent: number;
  /** More lines of `[[runners]]`, tables below it last. */
  readonly more: string;
  /** FF_TIMESTAMPS, which GitLab's own default has on. */
  readonly timestamps: boolean;
}

/** `config.toml` as an operator would write it (see `config/runner.toml`), but for the quick poll and what a test sets. */
export function runnerConfig({ url, token, driver, settingsFile, ...rest }: RunnerConfig): string {
  const { concurrent, more, timestamps } = rest;
  const { shutdown_timeout = 30, ...custom } = { graceful_kill_timeout: 60, force_kill_timeout: 10, ...rest.times };
  const [command, ...before] = driver;
  const stage = (name: string): string => `
    ${name}_exec = ${toml(command)}
    ${name}_args = [${[...before, name, '--config', settingsFile].map(toml).join(', ')}]`;
  return `
concurrent = ${concurrent}
check_interval = 1
shutdown_timeout = ${shutdown_timeout}

[[runners]]
  name = "real"
  url = ${toml(url)}
  id = 1
  token = ${toml(token)}
  executor = "custom"
  shell = "bash"
  safe_directory_checkout = true
  ${more}
  [runners.feature_flags]
    FF_TIMESTAMPS = ${timestamps}
  [runners.custom]
    ${['config', 'prepare', 'run', 'cleanup'].map(stage).join('')}
    ${Object.entries(custom)
      .map(([key, seconds]) => `${key} = ${seconds}`)
      .join('\n    ')}
`;
}

/** A basic string of TOML has the escapes of JSON. */
const toml = (text: string): string => JSON.stringify(text);

function shellWord(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
