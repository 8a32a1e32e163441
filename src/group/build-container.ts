import { DriverError } from '../driver-error.ts';
import type { Job } from '../runner/job.ts';
import type { Settings } from '../settings/schema.ts';
import { type RunAs, runAsOf } from './security.ts';

/** How the job's image is to be run. */
export interface BuildContainer extends RunAs {
  /**
   * What runs before our agent: nothing (the image's entrypoint is ignored, as the Kubernetes executor does it), the image's own entrypoint,
   * or the one that the job names.
   */
  readonly entrypoint: 'ignored' | 'of the image' | readonly string[];
}

/** @throws DriverError (user) for a user that is no number or is not allowed. */
export function buildContainer(job: Job, settings: Settings, honorsEntrypoint: boolean): BuildContainer {
  return { ...runAs(job, settings), entrypoint: honorsEntrypoint ? honored(job.entrypoint) : 'ignored' };
}

/** `entrypoint: [""]` is Docker's way to have none. */
function honored(entrypoint: readonly string[]): BuildContainer['entrypoint'] {
  if (entrypoint.length === 0) return 'of the image';
  return entrypoint.every((word) => word === '') ? 'ignored' : entrypoint;
}

/**
 * Whom the operator names, then the job by `image:kubernetes:user` or `image:docker:user` (`uid` or `uid:gid`), then the image. The
 * Kubernetes executor has the same order.
 */
function runAs(job: Job, settings: Settings): RunAs {
  const operators = runAsOf(settings, 'build');
  if (operators.user !== undefined || job.user === '') return operators;
  const [user = '', ...rest] = job.user.split(':');
  // More than one colon makes a group that is no number.
  const group = rest.length === 0 ? undefined : rest.join(':');
  return {
    user: allowed('user', user, settings.allowed_users),
    group: group === undefined ? operators.group : allowed('group', group, settings.allowed_groups),
  };
}

const LARGEST_ID = 2 ** 31 - 1;

/** The Kubernetes executor's rule: without a list everybody but root, with one whoever is on it. */
function allowed(what: 'user' | 'group', text: string, list: readonly string[] | undefined): number {
  const id = Number(text);
  if (!/^\d+$/.test(text) || id > LARGEST_ID) {
    throw new DriverError('user', `The job's image is to run as the ${what} "${text}", which is no number.`, {
      hint: `Name the ${what} by its number in image:kubernetes:user, as in "1000:1000": names stand in the image, and ECI does not look into it.`,
    });
  }
  const isListed = list?.some((each) => Number(each) === id) ?? id !== 0;
  if (isListed) return id;
  throw new DriverError('user', `The job's image is to run as the ${what} ${id}, which this runner does not allow.`, {
    hint:
      list === undefined
        ? `Ask the operator to put "0" into allowed_${what}s, or leave the ${what} away: then the image's own counts.`
        : `Allowed are ${list.join(', ') || 'none'}: allowed_${what}s in the settings.`,
  });
}
