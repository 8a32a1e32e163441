import type { Environment } from '../context.ts';
import { expand } from '../runner/expand.ts';
import type { Job, JobVariable } from '../runner/job.ts';
import type { EnvironmentVariable } from './service.ts';

/**
 * Variables of the runner's own that it gives to services, by name; their values stand in its environment alone (runner: `common/build.go`,
 * getBaseVariablesBeforeJob and getBaseVariablesAfterJob; `common/version.go`). The job's own come between the two lists: they win over the
 * first, and the second wins over them. What else stands in that environment may be secret: entries of `[[runners]] environment`, and `secrets:`.
 */
const BEFORE_THE_JOB = [
  'CI_JOB_IMAGE',
  'CI_RUNNER_SHORT_TOKEN',
  'CI_BUILDS_DIR',
  'CI_PROJECT_DIR',
  'CI_CONCURRENT_ID',
  'CI_CONCURRENT_PROJECT_ID',
  'CI_SERVER',
  'CI_JOB_STATUS',
  'CI_JOB_TIMEOUT',
];
const TEMPORARY_FOLDER = 'RUNNER_TEMP_PROJECT_DIR';
const BEHIND_THE_JOB = [
  'CI_SHARED_ENVIRONMENT',
  'CI_RUNNER_VERSION',
  'CI_RUNNER_REVISION',
  'CI_RUNNER_EXECUTABLE_ARCH',
  TEMPORARY_FOLDER,
  'CI_BUILD_NETWORK_NAME',
];
/** Of type file. */
const FILES_OF_THE_RUNNER = ['CI_SERVER_TLS_CA_FILE', 'CI_SERVER_TLS_CERT_FILE', 'CI_SERVER_TLS_KEY_FILE'];

/** The runner's feature flags, `helpers/featureflags`: resolved, so that nothing but these two words is theirs. */
const FLAG = /^FF_[A-Z0-9_]+$/;
const FLAG_VALUES: ReadonlySet<string | undefined> = new Set(['true', 'false']);

interface PublicVariables {
  /** The most wanted first: the job's, the runner's, its feature flags. */
  readonly variables: readonly EnvironmentVariable[];
  /** Names of public variables whose value is not known to be made of public ones only. */
  readonly withheld: readonly string[];
}

/** How a job's texts find its variables: the path of those of type file. */
export class JobValues {
  private readonly job: Job;
  private readonly env: Environment;
  private readonly own: ReadonlyMap<string, JobVariable>;

  constructor(job: Job, env: Environment) {
    this.job = job;
    this.env = env;
    this.own = new Map(job.variables.map((each) => [each.key, each]));
  }

  /** The variable of the job's response that counts, where no later one of the runner's does. */
  ownVariable(name: string): JobVariable | undefined {
    return this.isFetched(name) || BEHIND_THE_JOB.includes(name) ? undefined : this.own.get(name);
  }

  /** As the runner has it, filled in; of type file: its path. */
  value(name: string): string | undefined {
    const value = this.env[`CUSTOM_ENV_${name}`];
    const fetched = this.job.fetchedSecrets.find(({ key }) => key === name);
    const isFile = (fetched ?? this.ownVariable(name))?.isFile ?? FILES_OF_THE_RUNNER.includes(name);
    return isFile && value !== undefined ? this.pathOf(name) : value;
  }

  /** Where scripts find the content of a variable of type file (runner: `Variables.tmpFile`). */
  pathOf(name: string): string {
    return `${this.env[`CUSTOM_ENV_${TEMPORARY_FOLDER}`] ?? ''}/${name}`;
  }

  /** A value that the runner has fetched from a store of secrets is nobody's to pass on. */
  isFetched(name: string): boolean {
    return this.job.fetchedSecrets.some(({ key }) => key === name);
  }

  names(): readonly string[] {
    return [...this.own.keys()];
  }

  isFlag(name: string): boolean {
    return FLAG.test(name) && FLAG_VALUES.has(this.env[`CUSTOM_ENV_${name}`]);
  }

  flags(): readonly string[] {
    const names = Object.keys(this.env).filter((key) => key.startsWith('CUSTOM_ENV_FF_'));
    return names.map((key) => key.slice('CUSTOM_ENV_'.length)).filter((name) => this.isFlag(name));
  }
}

/**
 * The variables that every service of a job gets, as the runner's `GetServiceVariables` picks them: public ones and the runner's own. More is
 * held back than there: a public variable into which one that is not public was filled in. The runner would hand on that one's value too.
 */
export function publicVariables(job: Job, env: Environment): PublicVariables {
  const values = new JobValues(job, env);
  const isOfRunner = (name: string): boolean =>
    !values.isFetched(name) &&
    (BEHIND_THE_JOB.includes(name) ||
      (values.ownVariable(name) === undefined &&
        (BEFORE_THE_JOB.includes(name) || FILES_OF_THE_RUNNER.includes(name))));
  const present = (name: string): readonly EnvironmentVariable[] => {
    const value = values.value(name);
    return value === undefined ? [] : [{ key: name, value }];
  };

  const withheld: string[] = [];
  const ofJob = values.names().flatMap((name): readonly EnvironmentVariable[] => {
    const variable = values.ownVariable(name);
    if (!variable?.isPublic || values.isFlag(name)) return [];
    const known = variable.isFile ? values.pathOf(name) : filledIn(variable, values, isOfRunner);
    // What the runner has is what it is known to be made of: a later source may have replaced it.
    const isKnown = known !== undefined && known === values.value(name);
    if (isKnown && !job.secrets.some((secret) => known.includes(secret))) return [{ key: name, value: known }];
    withheld.push(name);
    return [];
  });
  const ofRunner = [...BEFORE_THE_JOB, ...FILES_OF_THE_RUNNER, ...BEHIND_THE_JOB].filter(isOfRunner).flatMap(present);
  return { variables: [...ofJob, ...ofRunner, ...values.flags().flatMap(present)], withheld };
}

/** @returns undefined when something is filled in that is not known to be public. */
function filledIn(
  { value, isRaw }: JobVariable,
  values: JobValues,
  isOfRunner: (name: string) => boolean,
): string | undefined {
  if (isRaw) return value;
  let isPublic = true;
  const text = expand(value, (name) => {
    const other = values.ownVariable(name);
    // One pass: another variable of the job comes in as it is written.
    if (other) {
      isPublic &&= other.isPublic || other.isFile;
      return other.isFile ? values.pathOf(name) : other.value;
    }
    const given = values.value(name);
    isPublic &&= given === undefined || isOfRunner(name) || values.isFlag(name);
    return given;
  });
  return isPublic ? text : undefined;
}

/**
 * The runner's environment without what is not public: variables of the job that its settings keep back, secrets that the runner has fetched,
 * and public variables that are made of such. What remains may be filled into what the account's other users can read.
 */
export function publicEnvironment(job: Job, env: Environment): Environment {
  const values = new JobValues(job, env);
  const { withheld } = publicVariables(job, env);
  const hidden = [
    ...values.names().filter((name) => values.ownVariable(name)?.isPublic === false),
    ...job.fetchedSecrets.map(({ key }) => key),
    ...withheld,
  ];
  const names = new Set(hidden.map((name) => `CUSTOM_ENV_${name}`));
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.has(name)));
}
