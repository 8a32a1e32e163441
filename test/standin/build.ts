import { posix } from 'node:path';
import { BuildError } from './failure.ts';
import { jobVariables } from './job-variables.ts';
import type { JobPayload } from './payload.ts';
import { expandImages } from './response-file.ts';
import type { RunnerSettings } from './settings.ts';
import type { Variables } from './variables.ts';

/** What GitLab Runner assumes when the job names no timeout. */
const DEFAULT_TIMEOUT_SECONDS = 7200;

/** One job on its way through the runner: what all its attempts and stages share (runner: `common/build.go`). */
export class Build {
  readonly payload: JobPayload;
  readonly settings: RunnerSettings;
  /** Shown by prepare_script; the last config that named one counts. */
  hostname = '';
  rootDir = '';
  buildDir = '';
  cacheDir = '';
  #variables: Variables | undefined;

  constructor(payload: JobPayload, settings: RunnerSettings) {
    this.settings = settings;
    this.payload = payload;
    this.payload = expandImages(payload, this.variables());
    this.refreshVariables();
  }

  get timeoutMs(): number {
    const { timeout } = this.payload.runner_info;
    return this.settings.jobTimeoutMs ?? (timeout > 0 ? timeout : DEFAULT_TIMEOUT_SECONDS) * 1000;
  }

  get tempProjectDir(): string {
    return `${this.buildDir}.tmp`;
  }

  /** Kept until the next refresh, so that CI_JOB_STATUS stays what it was set to. */
  variables(): Variables {
    this.#variables ??= jobVariables(this.payload, this.settings, this, this.timeoutMs);
    return this.#variables;
  }

  refreshVariables(): void {
    this.#variables = undefined;
  }

  /** Fixes the folders of this attempt. None of its failures is worth a second attempt. */
  start(rootDir: string, cacheDir: string, shared: boolean): void {
    if (rootDir === '') throw configurationError('the builds_dir is not configured');
    if (cacheDir === '') throw configurationError('the cache_dir is not configured');
    this.rootDir = rootDir;
    this.cacheDir = posix.join(cacheDir, this.#projectSlug());
    this.refreshVariables();
    if (this.variables().value('GIT_CLONE_PATH') !== '') {
      throw configurationError('setting GIT_CLONE_PATH is not allowed, enable `custom_build_dir` feature');
    }
    const { shortToken, concurrentProjectId } = this.settings;
    const infix = shared ? `${shortToken}/${concurrentProjectId}` : '';
    this.buildDir = posix.join(rootDir, infix, this.#projectSlug());
    this.refreshVariables();
  }

  /** A number of attempts that the job chose, within the runner's bounds. */
  attempts(variable: string): number {
    const value = this.variables().value(variable);
    return /^\d+$/.test(value) ? Math.max(1, Math.min(10, Number(value))) : 1;
  }

  /** The repository's path, the way the runner finds group and project. */
  #projectSlug(): string {
    const url = this.payload.git_info.repo_url;
    const path = URL.canParse(url) ? new URL(url).pathname.replace(/\.git$/, '') : '';
    return path.replace(/^\/+/, '') || `project-${this.payload.job_info.project_id}`;
  }
}

const configurationError = (message: string): BuildError => new BuildError(message, 'runner_configuration_error');
