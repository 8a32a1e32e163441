import type { ContainerName } from '../runner/stages.ts';

/** Names inside a group. Mount paths of ours stand below one folder that no image has. */
export const INIT_CONTAINER = 'agent';
export const ROOT = '/eci-executor';
export const AGENT_DIR = `${ROOT}/agent`;
export const KEYS_DIR = `${ROOT}/keys`;
export const RUN_DIR = `${ROOT}/run`;
export const KEYS_SOURCE_DIR = `${ROOT}/keys-source`;
/** Holds `gitlab-runner` for helper's PATH. */
export const AGENT_BIN_DIR = `${AGENT_DIR}/bin`;
/** The agent's own shell, for images that have none. */
export const AGENT_SHELL = `${AGENT_DIR}/busybox/sh`;

export const AGENT_VOLUME = 'eci-agent';
export const KEYS_VOLUME = 'eci-keys';
export const keysVolumeOf = (container: ContainerName): string => `eci-keys-${container}`;
export const runVolumeOf = (container: ContainerName): string => `eci-run-${container}`;

/**
 * `ci-p77-j90211-<attempt>`: lower-case letters, digits and hyphens, at most 63 characters. GitLab's ids have at most 19 digits and an
 * attempt 16, so nothing is ever cut off.
 */
export const groupName = (projectId: number, jobId: number, attempt: string): string =>
  `ci-p${projectId}-j${jobId}-${attempt}`;

/** `{attempt}` in builds_dir and cache_dir. */
export const withAttempt = (path: string, attempt: string): string => path.replaceAll('{attempt}', attempt);
