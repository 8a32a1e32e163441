import { DriverError } from '../driver-error.ts';
import { capacityProblems } from '../placement/capacity-rules.ts';
import { type Architecture, architectureOfType } from '../placement/instance-types.ts';
import type { Job } from '../runner/job.ts';
import type { Settings } from '../settings/schema.ts';

/**
 * The group's architecture, which its images must have: the one that the job's image names, else the setting's or a node selector's, else
 * that of the instance types, else ECI's default.
 * @throws DriverError (user) for a platform that ECI does not have, and for one that the instance types are not of.
 */
export function architectureOf({ platform }: Pick<Job, 'platform'>, settings: Settings): Architecture {
  const named = architectureOfPlatform(platform);
  if (named === undefined) {
    return settings.cpu_architecture ?? architectureOfTypes(settings.instance_types) ?? 'AMD64';
  }
  const [problem] = capacityProblems({ ...settings, cpu_architecture: named });
  if (problem === undefined) return named;
  throw new DriverError('user', `The job's image is to be of the platform "${platform}", but ${problem.text}.`, {
    hint: problem.remedy,
  });
}

/** Of the first that tells: the types of one group are of one architecture. */
export const architectureOfTypes = (types: readonly string[]): Architecture | undefined =>
  types.map(architectureOfType).find((each) => each !== undefined);

function architectureOfPlatform(platform: string): Architecture | undefined {
  if (platform === '') return undefined;
  const [, name] = /^(?:linux\/)?(amd64|arm64)(?:\/v8)?$/.exec(platform) ?? [];
  if (name !== undefined) return name === 'arm64' ? 'ARM64' : 'AMD64';
  throw new DriverError('user', `The job's image is to be of the platform "${platform}", which ECI does not have.`, {
    hint: 'image:docker:platform can be linux/amd64 or linux/arm64.',
  });
}
