import type { Environment } from '../context.ts';
import { SHORTEST_SECRET } from '../report/secret-forms.ts';
import { expandVariables } from './expand.ts';
import { type JobResponse, parseJobResponse, type ResponseImage } from './job-response.ts';

/**
 * The job as the runner's `JOB_RESPONSE_FILE` tells it. Identity and policy come from its structured fields alone: a job's author can
 * overwrite `CI_JOB_ID` and every other variable.
 */
export interface Job {
  readonly id: number;
  readonly name: string;
  readonly projectId: number;
  readonly projectPath: string;
  readonly pipelineId: number;
  /** Its branch or tag is protected. */
  readonly isProtected: boolean;
  /** Host (and port) of the GitLab instance. */
  readonly gitlabHost: string;
  /** The whole job's time, prepare included, in seconds. */
  readonly timeoutSeconds: number;
  /** Empty when the job names none. */
  readonly image: string;
  readonly pullPolicies: readonly string[];
  /** `image:kubernetes:user`, else `image:docker:user`; empty when the job names none. */
  readonly user: string;
  /** `image:docker:platform`; empty when the job names none. */
  readonly platform: string;
  /** `image:entrypoint`; empty when the job names none. */
  readonly entrypoint: readonly string[];
  /** Those with an image, in the job's order. */
  readonly services: readonly JobService[];
  /** As GitLab sent them, in its order: a later one of the same name counts. Those that the runner adds stand in the environment only. */
  readonly variables: readonly JobVariable[];
  /** `secrets:`, which the runner fetches and passes beside the variables. */
  readonly fetchedSecrets: readonly FetchedSecret[];
  /** What GitLab knows of registries: its own, and its dependency proxy. */
  readonly registryLogins: readonly RegistryLogin[];
  /** The job has `cache:`. */
  readonly usesCache: boolean;
  /** Some of it is looked for before the script, and not only left behind (`policy: push`). */
  readonly pullsCache: boolean;
  /** The job's cache or artifacts need the `gitlab-runner` program in the helper container. */
  readonly needsHelperProgram: boolean;
  /** Values that must not stand in any log: the job's token, masked variables, passwords of registries. */
  readonly secrets: readonly string[];
  /** GitLab shows sections in this job's log. */
  readonly showsSections: boolean;
}

export interface JobVariable {
  readonly key: string;
  readonly value: string;
  /** May stand where other than the job's own containers see it; those that are not may be secret without being masked. */
  readonly isPublic: boolean;
  /** The variable is a file with this content, its value the file's path. */
  readonly isFile: boolean;
  /** Other variables in the value are not filled in. */
  readonly isRaw: boolean;
}

interface FetchedSecret {
  readonly key: string;
  readonly isFile: boolean;
}

export interface JobService {
  readonly image: string;
  readonly aliases: readonly string[];
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** `ports:` of the service. */
  readonly ports: readonly number[];
  /** The service's own; references to other variables are not filled in yet. */
  readonly variables: readonly JobVariable[];
  readonly pullPolicies: readonly string[];
  /** `kubernetes:user`, else `docker:user`; empty when the service names none. */
  readonly user: string;
}

export interface RegistryLogin {
  /** Host and port, or a URL; a path may follow. */
  readonly registry: string;
  readonly username: string;
  readonly password: string;
}

/** What the runner uses when GitLab sends none (runner: `common/build.go`, DefaultTimeout). */
const DEFAULT_TIMEOUT_SECONDS = 7200;

/**
 * @param env the runner's, for the variables in users and platforms; those in names and aliases it has filled in itself.
 * @throws DriverError (operator) when the text is not a job response.
 */
export function parseJob(text: string, env: Environment = {}): Job {
  const response = parseJobResponse(text);
  const { id, job_info, git_info, runner_info, image, services, artifacts, cache, dependencies, features } = response;
  return {
    id,
    name: job_info.name ?? '',
    projectId: job_info.project_id,
    projectPath: job_info.project_full_path ?? job_info.project_name ?? '',
    pipelineId: job_info.pipeline_id ?? 0,
    isProtected: git_info?.protected ?? false,
    gitlabHost: hostOf(git_info?.repo_url ?? ''),
    timeoutSeconds: runner_info?.timeout && runner_info.timeout > 0 ? runner_info.timeout : DEFAULT_TIMEOUT_SECONDS,
    image: image?.name ?? '',
    pullPolicies: image?.pull_policy ?? [],
    user: userOf(image, env),
    platform: expandVariables(image?.executor_opts?.docker?.platform ?? '', env),
    entrypoint: image?.entrypoint ?? [],
    services: (services ?? []).filter(({ name }) => name).map((each) => serviceOf(each, env)),
    variables: variablesOf(response.variables),
    // The runner's default is a file.
    fetchedSecrets: Object.entries(response.secrets ?? {}).map(([key, secret]) => ({
      key,
      isFile: secret?.file ?? true,
    })),
    registryLogins: registryLoginsOf(response),
    usesCache: (cache?.length ?? 0) > 0,
    pullsCache: (cache ?? []).some((each) => expandVariables(each.policy ?? '', env) !== 'push'),
    needsHelperProgram: [artifacts, cache, dependencies].some((each) => (each?.length ?? 0) > 0),
    secrets: secretsOf(response),
    showsSections: features?.trace_sections ?? false,
  };
}

const userOf = (image: ResponseImage | null | undefined, env: Environment): string =>
  expandVariables(image?.executor_opts?.kubernetes?.user || image?.executor_opts?.docker?.user || '', env);

/** The aliases of a service as they are written: blanks or commas between them. */
export const aliasesIn = (text: string): readonly string[] => text.split(/[\s,]+/).filter((each) => each !== '');

const serviceOf = (service: ResponseImage, env: Environment): JobService => ({
  image: service.name ?? '',
  aliases: aliasesIn(service.alias ?? ''),
  entrypoint: service.entrypoint ?? [],
  command: service.command ?? [],
  ports: (service.ports ?? []).flatMap(({ number }) => number ?? []),
  variables: variablesOf(service.variables),
  pullPolicies: service.pull_policy ?? [],
  user: userOf(service, env),
});

const variablesOf = (variables: JobResponse['variables']): readonly JobVariable[] =>
  (variables ?? []).map((each) => ({
    key: each.key ?? '',
    value: each.value ?? '',
    isPublic: each.public ?? false,
    isFile: each.file ?? false,
    isRaw: each.raw ?? false,
  }));

const registryLoginsOf = ({ credentials }: JobResponse): readonly RegistryLogin[] =>
  (credentials ?? [])
    .filter(({ type }) => type === 'registry')
    .map(({ url, username, password }) => ({
      registry: url ?? '',
      username: username ?? '',
      password: password ?? '',
    }));

const secretsOf = ({ token, variables, credentials }: JobResponse): readonly string[] =>
  [
    token,
    ...(variables ?? []).flatMap(({ value, masked }) => (masked ? [value] : [])),
    ...(credentials ?? []).map(({ password }) => password),
  ]
    .filter((each) => typeof each === 'string')
    .filter((each) => each.length >= SHORTEST_SECRET);

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : '');
