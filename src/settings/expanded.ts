import type { Environment } from '../context.ts';
import { DriverError } from '../driver-error.ts';
import { expandVariables, variablesIn } from '../runner/expand.ts';
import { identityOf } from '../runner/identity.ts';
import type { Job } from '../runner/job.ts';
import { publicEnvironment } from '../services/public-variables.ts';
import type { Settings } from './schema.ts';
import { volumeProblems } from './sections/volume-checks.ts';
import {
  type AnyVolume,
  VOLUME_KINDS,
  VolumePlaces,
  type VolumesSettings,
  withoutLastSlash,
} from './sections/volumes.ts';

/**
 * Settings with the job's variables filled in: in the values of tags, and in the places of volumes. Variables that say which job it is come
 * from the job itself, so that its author cannot name another. Those that are not public count as missing: tags and mount paths can be read by
 * whoever may describe the group.
 * @throws DriverError (user) when a variable of a volume is not there, or what came out cannot be mounted.
 */
export function expandedSettings(settings: Settings, job: Job, env: Environment): Settings {
  const open = publicEnvironment(job, env);
  const known = { ...open, ...identityOf(job) };
  const tags = Object.entries(settings.tags).map(([key, value]) => [key, tagValue(expandVariables(value, known))]);
  const mounted = expandedMountPaths(settings, open);
  return { ...withVolumes(mounted, PLACES, known), tags: Object.fromEntries(tags) as Settings['tags'] };
}

/** Settings with the variables filled in that say where volumes are in the containers: all that counts before a job is read. */
export const expandedMountPaths = (settings: Settings, env: Environment): Settings =>
  withVolumes(settings, ['mount_path'], env);

/** Outside of the group. */
const PLACES = ['sub_path', 'server', 'path', 'bucket', 'volume_id'];

function withVolumes(settings: Settings, places: readonly string[], env: Environment): Settings {
  const volumes = Object.fromEntries(
    VOLUME_KINDS.map((kind) => [kind, settings.volumes[kind].map((volume) => filledIn(kind, volume, places, env))]),
  ) as VolumesSettings;
  const [problem] = volumeProblems({ ...settings, volumes });
  if (problem) throw unusable(problem.path.join('.'), problem.text);
  return { ...settings, volumes };
}

function filledIn(kind: string, volume: AnyVolume, places: readonly string[], env: Environment): AnyVolume {
  const changes = Object.entries(volume).flatMap(([key, text]) => {
    if (typeof text !== 'string' || !places.includes(key) || !text.includes('$')) return [];
    const where = `volumes.${kind}.${key} of the volume ${volume.name}`;
    const missing = variablesIn(text).find((name) => !env[`CUSTOM_ENV_${name}`]);
    if (missing !== undefined)
      throw unusable(
        where,
        `"${text}" needs the variable ${missing}, which the job does not have, or not as a public one`,
      );
    const result = expandVariables(text, env);
    // What was filled in may be a secret of the job.
    if (!isPlace(key, result)) {
      const names = [...new Set(variablesIn(text))].join(', ');
      throw unusable(where, `"${text}" is no place with what the job has in ${names}`);
    }
    return [[key, key === 'mount_path' ? withoutLastSlash(result) : result] as const];
  });
  return { ...volume, ...Object.fromEntries(changes) };
}

const isPlace = (key: string, text: string): boolean => {
  const rule = Object.hasOwn(VolumePlaces, key) ? VolumePlaces[key as keyof typeof VolumePlaces] : undefined;
  return !text.includes('$') && rule?.test(text) === true;
};

const unusable = (where: string, why: string): DriverError =>
  new DriverError('user', `A volume of this runner cannot be mounted for this job: ${where}: ${why}.`, {
    hint: 'Give the job the variable with a value that is a path, or ask the operator of this runner to change the volume.',
  });

/** The longest that ECI takes. */
const LONGEST_TAG = 128;

/** What a variable brings may hold what ECI does not take in a tag: URLs, names of its own, anything long. */
const tagValue = (text: string): string =>
  text
    .replaceAll(/\/{2,}/g, '/')
    .replace(/^(acs:)+/, '')
    .slice(0, LONGEST_TAG);
