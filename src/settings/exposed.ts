import { stat } from 'node:fs/promises';
import type { Settings } from './schema.ts';

const READABLE_BY_ALL = 0o004;
const WRITABLE_BY_OTHERS = 0o022;

/** Settings in which secrets can stand, where they have something: contents of files, environments, whatever is sent as it is. */
const keepingSecrets = ({ volumes, services, init_containers, parameters }: Settings): readonly string[] => [
  ...(volumes.config_file.some(({ files }) => Object.values(files).some((content) => typeof content === 'string'))
    ? ['volumes.config_file.files']
    : []),
  ...(services.some(({ environment = [] }) => environment.length > 0) ? ['services.environment'] : []),
  ...(init_containers.some(({ env }) => Object.keys(env).length > 0) ? ['init_containers.env'] : []),
  ...(Object.keys(parameters).length > 0 ? ['parameters'] : []),
];

/**
 * Whether the settings file is open to others in a way that matters: it has settings in which secrets can stand and every user of the host can
 * read it, or others than its owner can write it.
 * @returns a sentence for the operator, undefined when all is well or the file cannot be looked at.
 */
export async function exposure(file: string, settings: Settings): Promise<string | undefined> {
  const mode = (await stat(file).catch(() => undefined))?.mode ?? 0;
  const shown = (mode & 0o7777).toString(8).padStart(4, '0');
  if ((mode & WRITABLE_BY_OTHERS) !== 0) {
    return `Others than its owner can write the settings file ${file} (mode ${shown}), and say there who gets the credentials and the jobs: chmod go-w ${file}`;
  }
  const places = keepingSecrets(settings);
  if ((mode & READABLE_BY_ALL) === 0 || places.length === 0) return undefined;
  return `Every user of this host can read the settings file ${file} (mode ${shown}), and there can be secrets in it: ${places.join(', ')}. Let only the user of GitLab Runner read it: chmod o-rwx ${file}`;
}
