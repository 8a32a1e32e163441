import type {
  Artifact,
  Cache,
  Credential,
  Dependency,
  Image,
  JobPayload,
  JobVariable,
  SaveWhen,
  Step,
} from './payload.ts';

/** What tests say of a job; everything else of the payload follows from it. */
export interface JobFields {
  readonly id?: number;
  readonly name?: string;
  readonly token?: string;
  readonly script?: readonly string[];
  readonly afterScript?: readonly string[];
  /** Steps behind `script`, such as `release`. */
  readonly moreSteps?: Readonly<Record<string, readonly string[]>>;
  readonly image?: string;
  /** `image:kubernetes:user` and `image:docker:platform`. */
  readonly imageOptions?: {
    readonly kubernetes?: { readonly user: string };
    readonly docker?: { readonly platform: string };
  };
  readonly entrypoint?: readonly string[];
  readonly pullPolicies?: readonly string[];
  readonly services?: readonly (Pick<Image, 'name'> & Partial<Image>)[];
  readonly projectId?: number;
  readonly projectPath?: string;
  /** Without credentials: the job's token is put in. Without a repository GIT_STRATEGY is `none`. */
  readonly repository?: { readonly url: string; readonly sha: string; readonly ref?: string };
  readonly gitlabUrl?: string;
  readonly timeoutSeconds?: number;
  /** Plain values, or more of a variable (`file`, `masked`, `raw`). They come behind the predefined ones and win over them. */
  readonly variables?: Readonly<Record<string, string | (Pick<JobVariable, 'value'> & Partial<JobVariable>)>>;
  readonly cache?: readonly {
    readonly key: string;
    readonly paths: readonly string[];
    readonly when?: SaveWhen;
    readonly policy?: Cache['policy'];
  }[];
  readonly artifacts?: readonly { readonly paths: readonly string[]; readonly when?: SaveWhen }[];
  readonly dependencies?: readonly Dependency[];
  readonly credentials?: readonly Credential[];
  readonly failureReasons?: readonly string[];
  readonly sections?: boolean;
}

const NO_SHA = '0000000000000000000000000000000000000000';
const EXECUTOR_OPTS = { docker: { platform: '', user: '' }, kubernetes: { user: '' } } as const;

const FAILURE_REASONS = [
  'script_failure',
  'runner_system_failure',
  'job_execution_timeout',
  'job_canceled',
  'runner_interrupted',
  'unknown_failure',
];

/** A complete job as GitLab would send it. */
export function jobPayload(fields: JobFields = {}): JobPayload {
  const { id = 4711, token = `glcbt-64_token-of-job-${id}`, projectId = 77, projectPath = 'acme/shop' } = fields;
  const timeout = fields.timeoutSeconds ?? 3600;
  const gitlabUrl = fields.gitlabUrl ?? 'http://gitlab.example.com';
  const ref = fields.repository?.ref ?? 'main';
  return {
    id,
    token,
    allow_git_fetch: true,
    job_info: {
      name: fields.name ?? 'unit',
      stage: 'test',
      pipeline_id: 4412,
      project_id: projectId,
      project_name: projectPath.split('/').at(-1) ?? projectPath,
      project_full_path: projectPath,
      namespace_id: 12,
      root_namespace_id: 12,
      organization_id: 1,
      instance_id: '',
      instance_uuid: '',
      user_id: 5,
      time_in_queue_seconds: 1.5,
      project_jobs_running_on_instance_runners_count: '0',
      queue_size: 1,
      queue_depth: 0,
    },
    git_info: {
      repo_url: withToken(fields.repository?.url ?? `${gitlabUrl}/${projectPath}.git`, token),
      repo_object_format: 'sha1',
      ref,
      sha: fields.repository?.sha ?? NO_SHA,
      before_sha: NO_SHA,
      ref_type: 'branch',
      refspecs: [`+refs/heads/${ref}:refs/remotes/origin/${ref}`],
      depth: 20,
      protected: true,
    },
    runner_info: { uuid: '', timeout },
    inputs: {},
    variables: variables(fields, { id, token, projectId, projectPath, gitlabUrl, ref }),
    steps: steps(fields, timeout),
    image: {
      name: fields.image ?? 'registry.example.com/node:22',
      ...(fields.entrypoint ? { entrypoint: fields.entrypoint } : {}),
      ...(fields.pullPolicies ? { pull_policy: fields.pullPolicies } : {}),
      executor_opts: {
        docker: { ...EXECUTOR_OPTS.docker, ...fields.imageOptions?.docker },
        kubernetes: { ...EXECUTOR_OPTS.kubernetes, ...fields.imageOptions?.kubernetes },
      },
    },
    services: (fields.services ?? []).map((each) => ({ executor_opts: EXECUTOR_OPTS, ...each })),
    artifacts: (fields.artifacts ?? []).map(artifact),
    cache: (fields.cache ?? []).map(cache),
    credentials: fields.credentials ?? [],
    dependencies: fields.dependencies ?? [],
    features: {
      trace_sections: fields.sections ?? true,
      token_mask_prefixes: null,
      failure_reasons: fields.failureReasons ?? FAILURE_REASONS,
      tracing: null,
    },
    policy_options: { execution_policy_job: false, policy_name: '' },
    suspend_options: {},
  };
}

interface Identity {
  readonly id: number;
  readonly token: string;
  readonly projectId: number;
  readonly projectPath: string;
  readonly gitlabUrl: string;
  readonly ref: string;
}

/** The predefined variables are GitLab's part of the payload, not the runner's. */
function variables(fields: JobFields, identity: Identity): JobVariable[] {
  const { id, token, projectId, projectPath, gitlabUrl, ref } = identity;
  const predefined: Readonly<Record<string, string>> = {
    CI_JOB_ID: String(id),
    CI: 'true',
    GITLAB_CI: 'true',
    CI_PROJECT_ID: String(projectId),
    CI_PROJECT_PATH: projectPath,
    CI_PROJECT_NAME: projectPath.split('/').at(-1) ?? projectPath,
    CI_PIPELINE_ID: '4412',
    CI_JOB_NAME: fields.name ?? 'unit',
    CI_JOB_STAGE: 'test',
    CI_SERVER_URL: gitlabUrl,
    CI_SERVER_HOST: new URL(gitlabUrl).hostname,
    CI_COMMIT_SHA: fields.repository?.sha ?? NO_SHA,
    CI_COMMIT_REF_NAME: ref,
    ...(fields.repository ? {} : { GIT_STRATEGY: 'none' }),
  };
  return [
    ...Object.entries(predefined).map(([key, value]) => variable(key, { value })),
    variable('CI_JOB_TOKEN', { value: token, public: false, masked: true }),
    ...Object.entries(fields.variables ?? {}).map(([key, given]) =>
      variable(key, typeof given === 'string' ? { value: given } : given),
    ),
  ];
}

const variable = (key: string, given: Pick<JobVariable, 'value'> & Partial<JobVariable>): JobVariable => ({
  key,
  public: true,
  file: false,
  masked: false,
  raw: false,
  ...given,
});

function steps({ script = ['echo hello'], afterScript, moreSteps = {} }: JobFields, timeout: number): Step[] {
  const step = (name: string, lines: readonly string[]): Step => ({
    name,
    script: lines,
    timeout,
    when: 'on_success',
    allow_failure: false,
  });
  return [
    step('script', script),
    ...Object.entries(moreSteps).map(([name, lines]) => step(name, lines)),
    ...(afterScript ? [{ ...step('after_script', afterScript), when: 'always' as const, allow_failure: true }] : []),
  ];
}

const artifact = ({ paths, when = 'on_success' }: { paths: readonly string[]; when?: SaveWhen }): Artifact => ({
  name: '',
  untracked: false,
  paths,
  exclude: null,
  when,
  artifact_type: 'archive',
  artifact_format: 'zip',
  expire_in: '1 week',
});

const cache = (given: NonNullable<JobFields['cache']>[number]): Cache => ({
  key: given.key,
  untracked: false,
  policy: given.policy ?? 'pull-push',
  paths: given.paths,
  when: given.when ?? 'on_success',
  fallback_keys: null,
});

function withToken(repositoryUrl: string, token: string): string {
  const url = new URL(repositoryUrl);
  url.username = 'gitlab-ci-token';
  url.password = token;
  return url.toString();
}
