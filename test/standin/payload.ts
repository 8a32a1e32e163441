/** A job as GitLab sends it and as the runner writes it to JOB_RESPONSE_FILE. Zero values are present, as the runner's encoder leaves them. */
export interface JobPayload {
  readonly id: number;
  readonly token: string;
  readonly allow_git_fetch: boolean;
  readonly job_info: JobInfo;
  readonly git_info: GitInfo;
  readonly runner_info: { readonly uuid: string; readonly timeout: number };
  readonly inputs: Readonly<Record<string, never>>;
  readonly variables: readonly JobVariable[];
  readonly steps: readonly Step[];
  readonly image: Image;
  readonly services: readonly Image[];
  readonly artifacts: readonly Artifact[];
  readonly cache: readonly Cache[];
  readonly credentials: readonly Credential[];
  readonly dependencies: readonly Dependency[];
  readonly features: Features;
  readonly policy_options: { readonly execution_policy_job: boolean; readonly policy_name: string };
  readonly suspend_options: Readonly<Record<string, never>>;
}

export interface JobInfo {
  readonly name: string;
  readonly stage: string;
  readonly pipeline_id: number;
  readonly project_id: number;
  readonly project_name: string;
  readonly project_full_path: string;
  readonly namespace_id: number;
  readonly root_namespace_id: number;
  readonly organization_id: number;
  readonly instance_id: string;
  readonly instance_uuid: string;
  readonly user_id: number;
  readonly time_in_queue_seconds: number;
  readonly project_jobs_running_on_instance_runners_count: string;
  readonly queue_size: number;
  readonly queue_depth: number;
}

export interface GitInfo {
  /** Holds the job's token as password. */
  readonly repo_url: string;
  readonly repo_object_format: string;
  readonly ref: string;
  readonly sha: string;
  readonly before_sha: string;
  readonly ref_type: 'branch' | 'tag';
  readonly refspecs: readonly string[];
  readonly depth: number;
  readonly protected: boolean | null;
}

export interface JobVariable {
  readonly key: string;
  readonly value: string;
  readonly public: boolean;
  readonly file: boolean;
  readonly masked: boolean;
  readonly raw: boolean;
}

export interface Step {
  readonly name: string;
  readonly script: readonly string[];
  readonly timeout: number;
  readonly when: 'on_success' | 'on_failure' | 'always';
  readonly allow_failure: boolean;
}

export interface Image {
  readonly name: string;
  readonly alias?: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly variables?: readonly JobVariable[];
  readonly pull_policy?: readonly string[];
  readonly executor_opts: {
    readonly docker: { readonly platform: string; readonly user: string };
    readonly kubernetes: { readonly user: string };
  };
}

/** When a cache or an artifact is saved; empty means `on_success`. */
export type SaveWhen = '' | 'on_success' | 'on_failure' | 'always';

export interface Artifact {
  readonly name: string;
  readonly untracked: boolean;
  readonly paths: readonly string[];
  readonly exclude: readonly string[] | null;
  readonly when: SaveWhen;
  readonly artifact_type: string;
  readonly artifact_format: string;
  readonly expire_in: string;
}

export interface Cache {
  readonly key: string;
  readonly untracked: boolean;
  readonly policy: '' | 'pull-push' | 'pull' | 'push';
  readonly paths: readonly string[];
  readonly when: SaveWhen;
  readonly fallback_keys: readonly string[] | null;
}

export interface Credential {
  readonly type: string;
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

export interface Dependency {
  readonly id: number;
  readonly token: string;
  readonly name: string;
  readonly artifacts_file: { readonly filename: string; readonly size: number };
}

export interface Features {
  readonly trace_sections: boolean;
  readonly token_mask_prefixes: readonly string[] | null;
  readonly failure_reasons: readonly string[];
  readonly tracing: null;
}
