/** What a runner's `config.toml` says about itself, with the times in milliseconds so that tests can be short. */
export interface RunnerSettings {
  readonly name: string;
  readonly shortToken: string;
  readonly systemId: string;
  readonly version: string;
  readonly revision: string;
  /** Empty: the driver's config must name it. */
  readonly buildsDir: string;
  readonly cacheDir: string;
  readonly shell: string;
  readonly featureFlags: Readonly<Record<string, boolean>>;
  readonly concurrentId: number;
  readonly concurrentProjectId: number;
  readonly gracefulKillTimeoutMs: number;
  readonly forceKillTimeoutMs: number;
  readonly configExecTimeoutMs: number;
  readonly prepareExecTimeoutMs: number;
  readonly cleanupExecTimeoutMs: number;
  /** `prepare_timeout` and `get_sources_timeout`; undefined: the job's timeout. */
  readonly prepareTimeoutMs: number | undefined;
  readonly getSourcesTimeoutMs: number | undefined;
  /** Replaces `runner_info.timeout` of the job, which counts whole seconds. */
  readonly jobTimeoutMs: number | undefined;
  readonly preparationRetryIntervalMs: number;
  /** First pause before a stage is repeated (GET_SOURCES_ATTEMPTS …); it doubles each time. */
  readonly stageRetryPauseMs: number;
  /** How long the end of a job that is stopped waits for the stage that runs. */
  readonly buildFinishTimeoutMs: number;
  /** From the runner's SIGTERM to its exit. */
  readonly shutdownTimeoutMs: number;
  readonly outputLimitBytes: number;
}

/** The runner's own defaults (runner 19.4: `common/const.go`, `helpers/process`), except that lines get no timestamps. */
export const DEFAULT_SETTINGS: RunnerSettings = {
  name: 'stand-in',
  shortToken: 'standin-0',
  systemId: 's_0123456789ab',
  version: '19.4.0',
  revision: 'd79f3e7b',
  buildsDir: '',
  cacheDir: '',
  shell: 'bash',
  featureFlags: { FF_TIMESTAMPS: false },
  concurrentId: 0,
  concurrentProjectId: 0,
  gracefulKillTimeoutMs: 600_000,
  forceKillTimeoutMs: 10_000,
  configExecTimeoutMs: 3_600_000,
  prepareExecTimeoutMs: 3_600_000,
  cleanupExecTimeoutMs: 3_600_000,
  prepareTimeoutMs: undefined,
  getSourcesTimeoutMs: undefined,
  jobTimeoutMs: undefined,
  preparationRetryIntervalMs: 3000,
  stageRetryPauseMs: 5000,
  buildFinishTimeoutMs: 300_000,
  shutdownTimeoutMs: 30_000,
  outputLimitBytes: 4 * 1024 * 1024,
};
