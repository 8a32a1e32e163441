import { DriverError } from '../driver-error.ts';
import type { Architecture } from '../placement/instance-types.ts';
import { checkAllowed } from '../registries/allowed-images.ts';
import { fullName } from '../registries/image-name.ts';
import { pulledAddress } from '../registries/vpc-address.ts';
import type { Job } from '../runner/job.ts';
import type { Service } from '../services/service.ts';
import type { Settings } from '../settings/schema.ts';
import { architectureOf } from './architecture.ts';

/** As ECI is to pull them. */
export interface GroupImages {
  readonly build: string;
  /** Undefined when the build container is the helper too. */
  readonly helper: string | undefined;
  readonly agent: string;
  /** Of services, and of the operator's init containers. */
  readonly others: readonly string[];
  /** The job names no image, so `build` is the setting's. */
  readonly usesDefaultImage: boolean;
  /** Those that the settings name. */
  readonly ofSettings: readonly string[];
}

/**
 * @param services their images; those of the settings are the operator's, and allowed.
 * @throws DriverError (user) when an image of the job's is not allowed or nobody names one or of a platform that the group cannot have,
 * (operator) when the helper's has no version to use.
 */
export function groupImages(
  job: Job,
  settings: Settings,
  runnerVersion: string | undefined,
  services: readonly Pick<Service, 'image' | 'owner'>[] = [],
): GroupImages {
  const build = job.image || settings.image;
  if (!build) {
    throw new DriverError('user', 'The job names no image, and the settings have no default one.', {
      hint: 'Add "image:" to the job, or ask the operator to set image in the settings of gitlab-eci-executor.',
    });
  }
  // Without a helper, too: a platform that cannot be had is said before anything else happens.
  const architecture = architectureOf(job, settings);
  const helper = settings.helper ? helperImage(settings, architecture, runnerVersion) : undefined;
  checkAllowed(build, 'images', settings, helper);
  for (const { image, owner } of services) {
    // A name in the settings that holds variables is the author's choice.
    const isOperators = owner === 'settings' && settings.services.some(({ name }) => name === image);
    if (!isOperators) checkAllowed(image, 'services', settings, helper);
  }
  const ofSettings = [
    settings.agent_image,
    ...(helper === undefined ? [] : [helper]),
    ...(job.image ? [] : [build]),
    ...[...services.filter(({ owner }) => owner === 'settings'), ...settings.init_containers].map(({ image }) => image),
  ];
  return {
    build: pulledName(build, settings),
    helper: helper === undefined ? undefined : pulledName(helper, settings),
    agent: pulledName(settings.agent_image, settings),
    others: [...services, ...settings.init_containers].map(({ image }) => pulledName(image, settings)),
    usesDefaultImage: !job.image,
    ofSettings: ofSettings.map((image) => pulledName(image, settings)),
  };
}

/** Every image that a group with these pulls. */
export const namesOf = ({ agent, helper, build, others }: GroupImages): readonly string[] =>
  [agent, helper, build, ...others].filter((each) => each !== undefined);

/** What ECI is to pull for an image that somebody wrote: from a mirror, and by an address in the VPC, where the settings say so. */
export const pulledName = (image: string, settings: Settings): string =>
  pulledAddress(settings)(mirrored(image, settings.image_mirrors));

/** As in the tags of the runner's helper images. */
const ARCH: Readonly<Record<Architecture, string>> = { AMD64: 'x86_64', ARM64: 'arm64' };

/** Helper images are tagged with flavor, architecture and the version of the runner whose scripts they serve; the usual flavor has no name. */
function helperImage(
  { helper_image, helper_image_flavor: flavor }: Settings,
  architecture: Architecture,
  runnerVersion: string | undefined,
): string {
  const setting = helper_image
    .replaceAll('{flavor}', flavor === 'alpine' ? '' : `${flavor}-`)
    .replaceAll('{arch}', ARCH[architecture]);
  if (!setting.includes('{runner_version}')) return setting;
  if (!runnerVersion || !/^\d+\.\d+\.\d+$/.test(runnerVersion)) {
    throw new DriverError(
      'operator',
      `The helper image ${setting} needs the version of GitLab Runner, which says "${runnerVersion ?? ''}".`,
      {
        hint: 'Set helper_image to an image with a fixed tag.',
      },
    );
  }
  return setting.replaceAll('{runner_version}', runnerVersion);
}

/**
 * An image reference with its registry replaced by a mirror: the longest prefix wins. Prefixes are compared with the full name, so that
 * `docker.io/` covers `node:22` (docker.io/library/node:22) as it does for a container runtime.
 */
export function mirrored(image: string, mirrors: Readonly<Record<string, string>>): string {
  const full = fullName(image);
  const prefix = Object.keys(mirrors)
    .filter((each) => full.startsWith(each))
    .sort((a, b) => b.length - a.length)[0];
  return prefix === undefined ? image : `${mirrors[prefix] ?? ''}${full.slice(prefix.length)}`;
}
