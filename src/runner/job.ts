import * as z from 'zod/mini';
import { DriverError } from '../driver-error.ts';

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
  /** The job's cache or artifacts need the `gitlab-runner` program in the helper container. */
  readonly needsHelperProgram: boolean;
  /** How many services the job wants beside its image. */
  readonly services: number;
  /** Values that must not stand in any log: the job's token, masked variables, passwords of registries. */
  readonly secrets: readonly string[];
  /** GitLab shows sections in this job's log. */
  readonly showsSections: boolean;
}

/** What the runner uses when GitLab sends none (runner: `common/build.go`, DefaultTimeout). */
const DEFAULT_TIMEOUT_SECONDS = 7200;

const count = z.int();
const list = z.nullish(z.array(z.unknown()));

/** Fields that newer runners add are ignored, fields that we do not need are not asked for. */
const Response = z.object({
  id: count,
  job_info: z.object({
    name: z.nullish(z.string()),
    project_id: count,
    project_full_path: z.nullish(z.string()),
    project_name: z.nullish(z.string()),
    pipeline_id: z.nullish(count),
  }),
  git_info: z.nullish(z.object({ repo_url: z.nullish(z.string()) })),
  runner_info: z.nullish(z.object({ timeout: z.nullish(count) })),
  image: z.nullish(
    z.object({
      name: z.nullish(z.string()),
      pull_policy: z.nullish(z.array(z.string())),
      entrypoint: z.nullish(z.array(z.string())),
      executor_opts: z.nullish(
        z.object({
          docker: z.nullish(z.object({ user: z.nullish(z.string()), platform: z.nullish(z.string()) })),
          kubernetes: z.nullish(z.object({ user: z.nullish(z.string()) })),
        }),
      ),
    }),
  ),
  services: list,
  artifacts: list,
  cache: list,
  dependencies: list,
  token: z.nullish(z.string()),
  variables: z.nullish(z.array(z.object({ value: z.nullish(z.string()), masked: z.nullish(z.boolean()) }))),
  credentials: z.nullish(z.array(z.object({ password: z.nullish(z.string()) }))),
  features: z.nullish(z.object({ trace_sections: z.nullish(z.boolean()) })),
});

/** @throws DriverError (operator) when the text is not a job response. The message never quotes the text: it holds the job's token. */
export function parseJob(text: string): Job {
  const parsed = Response.safeParse(parseJson(text));
  if (!parsed.success) {
    const paths = parsed.error.issues.map((issue) => issue.path.join('.') || '(document)');
    throw unreadable(`these fields are missing or of another type: ${[...new Set(paths)].join(', ')}`);
  }
  const { id, job_info, git_info, runner_info, image, services, artifacts, cache, dependencies, features } =
    parsed.data;
  return {
    id,
    name: job_info.name ?? '',
    projectId: job_info.project_id,
    projectPath: job_info.project_full_path ?? job_info.project_name ?? '',
    pipelineId: job_info.pipeline_id ?? 0,
    gitlabHost: hostOf(git_info?.repo_url ?? ''),
    timeoutSeconds: runner_info?.timeout && runner_info.timeout > 0 ? runner_info.timeout : DEFAULT_TIMEOUT_SECONDS,
    image: image?.name ?? '',
    pullPolicies: image?.pull_policy ?? [],
    user: image?.executor_opts?.kubernetes?.user || image?.executor_opts?.docker?.user || '',
    platform: image?.executor_opts?.docker?.platform ?? '',
    entrypoint: image?.entrypoint ?? [],
    needsHelperProgram: [artifacts, cache, dependencies].some((each) => (each?.length ?? 0) > 0),
    services: services?.length ?? 0,
    secrets: secretsOf(parsed.data),
    showsSections: features?.trace_sections ?? false,
  };
}

/** GitLab masks nothing shorter. */
const SHORTEST_SECRET = 8;

/** Longest first: one may be a part of another. */
const secretsOf = ({ token, variables, credentials }: z.infer<typeof Response>): readonly string[] =>
  [
    token,
    ...(variables ?? []).flatMap(({ value, masked }) => (masked ? [value] : [])),
    ...(credentials ?? []).map(({ password }) => password),
  ]
    .filter((each) => typeof each === 'string')
    .filter((each) => each.length >= SHORTEST_SECRET)
    .toSorted((a, b) => b.length - a.length);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unreadable('it is not JSON');
  }
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : '');

const unreadable = (why: string): DriverError =>
  new DriverError('operator', `The job response that GitLab Runner wrote cannot be read: ${why}.`, {
    hint: 'Check that the versions of GitLab Runner and of this driver fit together.',
  });
