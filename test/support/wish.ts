import { DriverError } from '../../src/driver-error.ts';
import type { ServiceOwner } from '../../src/services/service.ts';
import { applyWishes, type Wished } from '../../src/wishes/apply-wishes.ts';
import { settingsOf } from './settings.ts';

type Variables = Readonly<Record<string, string>>;

const maximumOf = (name: string): string =>
  `${name}_overwrite_max_allowed = "${name.includes('cpu') ? '64' : '512Gi'}"`;

/** Settings that allow every size that ECI has. */
export const MAXIMA = [
  ...['', 'helper_', 'service_', 'pod_'].flatMap((prefix) =>
    ['cpu_request', 'cpu_limit', 'memory_request', 'memory_limit'].map((resource) => `${prefix}${resource}`),
  ),
  'ephemeral_storage_request',
  'ephemeral_storage_limit',
  'service_ephemeral_storage_request',
]
  .map(maximumOf)
  .join('\n');

export interface WishOptions {
  /** Top-level settings, and tables; the maxima above if not given. */
  readonly top?: string;
  readonly tables?: string;
  /** Keys of the smallest settings file that are left out. */
  readonly left?: readonly string[];
  /** Services by the names of their containers, each with its own variables. */
  readonly services?: Readonly<Record<string, Variables>>;
  /** Who has asked for these; the job if not given. */
  readonly owner?: ServiceOwner;
}

/** What a job with these variables is to have. */
export function wish(
  variables: Variables,
  { top = MAXIMA, tables = '', left = [], services = {}, owner = 'job' }: WishOptions = {},
): Wished {
  const env = Object.fromEntries(Object.entries(variables).map(([name, value]) => [`CUSTOM_ENV_${name}`, value]));
  const given = Object.entries(services).map(([container, own]) => ({
    container,
    owner,
    variables: Object.entries(own).map(([key, value]) => ({ key, value })),
  }));
  return applyWishes(settingsOf(top, tables, left), env, given);
}

/** Why it is not to have it. */
export function refusalOf(variables: Variables, options: WishOptions = {}): DriverError {
  try {
    wish(variables, options);
  } catch (error) {
    if (error instanceof DriverError) return error;
    throw error;
  }
  throw new Error('not refused');
}
