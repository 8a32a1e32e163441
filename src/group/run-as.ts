import { DriverError } from '../driver-error.ts';
import type { Settings } from '../settings/schema.ts';

/** Whom a container runs as; undefined is what its image says. */
export interface RunAs {
  readonly user: number | undefined;
  readonly group: number | undefined;
}

/** Whose user it is, for the sentences: `The job's image` and `image`. */
export interface RunAsSubject {
  readonly name: string;
  /** Keyword of `.gitlab-ci.yml` above `kubernetes:user`. */
  readonly keyword: 'image' | 'services';
}

const LARGEST_ID = 2 ** 31 - 1;

/**
 * `kubernetes:user` or `docker:user` of an image: `uid` or `uid:gid`, empty for none.
 * @throws DriverError (user) for one that is no number or is not allowed.
 */
export function runAs(text: string, settings: Settings, subject: RunAsSubject): RunAs {
  if (text === '') return { user: undefined, group: undefined };
  const [user = '', ...rest] = text.split(':');
  // More than one colon makes a group that is no number.
  const group = rest.length === 0 ? undefined : rest.join(':');
  return {
    user: allowed('user', user, settings.allowed_users, subject),
    group: group === undefined ? undefined : allowed('group', group, settings.allowed_groups, subject),
  };
}

/** The Kubernetes executor's rule: without a list everybody but root, with one whoever is on it. */
function allowed(
  what: 'user' | 'group',
  text: string,
  list: readonly string[] | undefined,
  { name, keyword }: RunAsSubject,
): number {
  const id = Number(text);
  if (!/^\d+$/.test(text) || id > LARGEST_ID) {
    throw new DriverError('user', `${name} is to run as the ${what} "${text}", which is no number.`, {
      hint: `Name the ${what} by its number in ${keyword}:kubernetes:user, as in "1000:1000": names stand in the image, and ECI does not look into it.`,
    });
  }
  const isListed = list?.some((each) => Number(each) === id) ?? id !== 0;
  if (isListed) return id;
  throw new DriverError('user', `${name} is to run as the ${what} ${id}, which this runner does not allow.`, {
    hint:
      list === undefined
        ? `Ask the operator to put "0" into allowed_${what}s, or leave the ${what} away: then the image's own counts.`
        : `Allowed are ${list.join(', ') || 'none'}: allowed_${what}s in the settings.`,
  });
}
