import { DriverError } from '../driver-error.ts';
import type { Architecture } from '../placement/instance-types.ts';
import type { Job } from '../runner/job.ts';
import type { Settings } from '../settings/schema.ts';
import { architectureOf } from './architecture.ts';

export interface GroupImages {
  readonly build: string;
  /** Undefined when the build container is the helper too. */
  readonly helper: string | undefined;
  readonly agent: string;
  /** The job names no image, so `build` is the setting's. */
  readonly usesDefaultImage: boolean;
}

/** @throws DriverError (user) when neither the job nor the settings name an image, (operator) when the helper's has no version to use. */
export function groupImages(job: Job, settings: Settings, runnerVersion: string | undefined): GroupImages {
  const build = job.image || settings.image;
  if (!build) {
    throw new DriverError('user', 'The job names no image, and the settings have no default one.', {
      hint: 'Add "image:" to the job, or ask the operator to set image in the settings of gitlab-eci-executor.',
    });
  }
  const { image_mirrors: mirrors } = settings;
  return {
    build: mirrored(build, mirrors),
    helper: settings.helper
      ? mirrored(helperImage(settings, architectureOf(job, settings), runnerVersion), mirrors)
      : undefined,
    agent: mirrored(settings.agent_image, mirrors),
    usesDefaultImage: !job.image,
  };
}

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

/** A first part with a dot or a colon, or `localhost`, is a registry (Docker's reference grammar). */
function fullName(image: string): string {
  const [first = '', ...rest] = image.split('/');
  if (rest.length === 0) return `docker.io/library/${image}`;
  return /[.:]/.test(first) || first === 'localhost' ? image : `docker.io/${image}`;
}

/** Kubernetes' default: a tag that moves is pulled again, every other one is taken where it lies. */
export function pullPolicy(image: string): 'Always' | 'IfNotPresent' {
  const lastPart = image.slice(image.lastIndexOf('/') + 1);
  if (lastPart.includes('@')) return 'IfNotPresent';
  return !lastPart.includes(':') || lastPart.endsWith(':latest') ? 'Always' : 'IfNotPresent';
}
