import type { Environment } from '../context.ts';
import { LONGEST_VALUE, MOST_VARIABLES, VARIABLE_NAME } from '../eci/limits.ts';
import { plural } from '../report/lines.ts';
import { expand } from '../runner/expand.ts';
import type { Job, JobVariable } from '../runner/job.ts';
import { JobValues, publicVariables } from './public-variables.ts';
import { type EnvironmentVariable, refusedService, type ServiceOwner } from './service.ts';

/**
 * Declares a container a sidecar, which ends when helper and build have ended, and whose exit code does not count (ECI: "Forcibly terminate the
 * sidecar container and ignore the container exit code").
 */
export const SIDECAR: readonly EnvironmentVariable[] = [
  { key: 'ECI_CONTAINER_TYPE', value: 'sidecar' },
  { key: 'ECI_CONTAINER_IGNORE_EXIT_CODE', value: 'true' },
];
const SIDECAR_KEYS: ReadonlySet<string> = new Set(SIDECAR.map(({ key }) => key));

/** What a service's environment is made of. */
interface Asked {
  readonly image: string;
  readonly owner: ServiceOwner;
  readonly variables: readonly JobVariable[];
}

interface ServiceEnvironment {
  readonly own: readonly EnvironmentVariable[];
  /** What the job gives to all services, and the own ones, which win. */
  readonly all: readonly EnvironmentVariable[];
}

/** The environments of a job's services; public variables are picked once. */
export class ServiceEnvironments {
  private readonly values: JobValues;
  private readonly shared: readonly EnvironmentVariable[];
  private readonly withheld: readonly string[];
  private readonly tooLong: readonly string[];
  private readonly crowdedOut = new Set<string>();

  /** @param env the runner's. */
  constructor(job: Job, env: Environment) {
    this.values = new JobValues(job, env);
    const { variables, withheld } = publicVariables(job, env);
    const fits = ({ key, value }: EnvironmentVariable): boolean =>
      value.length <= LONGEST_VALUE && VARIABLE_NAME.test(key) && !SIDECAR_KEYS.has(key);
    this.shared = variables.filter(fits);
    this.tooLong = variables.filter((each) => !fits(each) && !SIDECAR_KEYS.has(each.key)).map(({ key }) => key);
    this.withheld = withheld;
  }

  /** @throws DriverError (user; operator for a service of the settings) for own variables that ECI does not take. */
  of(service: Asked): ServiceEnvironment {
    const own = this.own(service);
    const room = MOST_VARIABLES - SIDECAR.length - own.length;
    if (room < 0) {
      throw refusedService(
        service.owner,
        `The service ${service.image} has ${plural(own.length, 'variable')}; ECI takes ${MOST_VARIABLES - SIDECAR.length} beside two of ours.`,
        'Leave some of them out, or put them into a file of the image.',
      );
    }
    const names = new Set(own.map(({ key }) => key));
    const others = this.shared.filter(({ key }) => !names.has(key));
    for (const { key } of others.slice(room)) this.crowdedOut.add(key);
    return { own, all: [...others.slice(0, room), ...own] };
  }

  /** For the job log, after the last service: which of the job's variables no service gets, and why. */
  lines(): readonly string[] {
    return [
      ...told(
        this.tooLong,
        `ECI takes values of at most ${LONGEST_VALUE} characters, and names of letters, digits and underscores`,
      ),
      ...told([...this.crowdedOut], `beyond the ${MOST_VARIABLES} variables that ECI takes`),
      ...told(
        this.withheld,
        'made of variables that are not public; a service that needs one gets it by services:variables',
      ),
    ];
  }

  /** The runner's rule: references are looked for among all of the job's variables, then the service's own as they are written. */
  private own({ image, owner, variables }: Asked): readonly EnvironmentVariable[] {
    const byName = new Map(variables.map((each) => [each.key, each]));
    const lookup = (name: string): string | undefined => {
      const own = byName.get(name);
      if (own === undefined) return this.values.value(name);
      return own.isFile ? this.values.pathOf(name) : own.value;
    };
    return [...byName.values()]
      .filter(({ key }) => !SIDECAR_KEYS.has(key))
      .map(({ key, value, isRaw, isFile }) => {
        const filled = isFile ? this.values.pathOf(key) : isRaw ? value : expand(value, lookup);
        const problem = problemOf(key, filled);
        if (problem === undefined) return { key, value: filled };
        throw refusedService(
          owner,
          `The variable ${key.slice(0, LONGEST_SHOWN)} of the service ${image} ${problem}.`,
          'Change it in services:variables, or put it into a file of the image.',
        );
      });
  }
}

const LONGEST_SHOWN = 128;

/** Values are never shown: a service's own may be secret. */
function problemOf(key: string, value: string): string | undefined {
  if (!VARIABLE_NAME.test(key)) {
    return 'has a name that ECI does not take: letters, digits and underscores, no digit first, at most 128';
  }
  return value.length > LONGEST_VALUE
    ? `has ${value.length} characters; ECI takes ${LONGEST_VALUE} in a variable`
    : undefined;
}

const told = (names: readonly string[], why: string): readonly string[] =>
  names.length === 0 ? [] : [`Not passed to services: ${names.join(', ')} (${why})`];
