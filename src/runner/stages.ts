export type ContainerName = 'helper' | 'build';

/**
 * The sub-stages of the run phase that belong to the helper container. The runner knows this split (it is what its Kubernetes and
 * Docker executors use) but passes only the name, so the table stands here. Every other name, known or not, is a user's step:
 * `step_<name>` is an open set.
 */
const HELPER_STAGES: ReadonlySet<string> = new Set([
  'prepare_script',
  'get_sources',
  'clear_worktree',
  'restore_cache',
  'download_artifacts',
  'archive_cache',
  'archive_cache_on_failure',
  'upload_artifacts_on_success',
  'upload_artifacts_on_failure',
  'cleanup_file_variables',
]);

export const containerOf = (stage: string): ContainerName => (HELPER_STAGES.has(stage) ? 'helper' : 'build');

/**
 * Stages that save what a finished script left. Their failure turns a green job red although no test failed, so it is a system
 * failure (which `retry: when: runner_system_failure` repeats), not a script's.
 */
export const savesResults = (stage: string): boolean => /^(archive_cache|upload_artifacts)(_|$)/.test(stage);
