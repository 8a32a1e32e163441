import { readFile } from 'node:fs/promises';
import type { Environment } from '../context.ts';
import { DriverError } from '../driver-error.ts';
import { parseSettings } from './parse.ts';
import { problemLine } from './problems.ts';
import type { Settings } from './schema.ts';

const DEFAULT_SETTINGS_FILE = '/etc/gitlab-eci-executor/config.toml';

/** Where the settings are: `--config`, else GITLAB_ECI_EXECUTOR_CONFIG, else the default file; and the profile in it. */
export interface SettingsSource {
  readonly config?: string | undefined;
  readonly profile?: string | undefined;
}

export const settingsFile = (source: SettingsSource, env: Environment): string =>
  source.config ?? (env.GITLAB_ECI_EXECUTOR_CONFIG || DEFAULT_SETTINGS_FILE);

/** @throws DriverError (operator) that lists every problem of the file, or says why it cannot be read. */
export async function loadSettings(source: SettingsSource, env: Environment): Promise<Settings> {
  const file = settingsFile(source, env);
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new DriverError('operator', `The settings file ${file} cannot be read (${cause.code ?? 'unknown error'}).`, {
      hint: 'Name it with --config FILE or GITLAB_ECI_EXECUTOR_CONFIG, readable by the user of GitLab Runner.',
      cause,
    });
  });
  const result = parseSettings(text, source.profile);
  if ('settings' in result) return result.settings;
  throw new DriverError('operator', `The settings file ${file} is not valid.`, {
    hint: `Correct what is listed here and try: gitlab-eci-executor check --config ${file}`,
    details: result.problems.map((problem) => `  ${problemLine(problem)}`).join('\n'),
  });
}
