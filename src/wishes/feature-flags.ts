import type { Environment } from '../context.ts';

/** Flags of GitLab Runner that a driver can do something about; the operator sets them for a runner, or a job by variables. */
export interface FeatureFlags {
  /** The image's entrypoint runs, and starts the job's shell at its end. */
  readonly honorEntrypoint: boolean;
  /** The runner writes scripts in a quoting that every shell knows. */
  readonly posixEscapes: boolean;
  /** What the helper makes is given to the build container's user, in place of being everybody's. */
  readonly buildOwnsFiles: boolean;
  /** The logs of services stand in the job's log. */
  readonly debugServices: boolean;
  /** All events of the group stand in the job's log until it can start. */
  readonly printEvents: boolean;
}

export function featureFlags(env: Environment): FeatureFlags {
  const isOn = (name: string): boolean => TRUE.has(env[`CUSTOM_ENV_${name}`] ?? '');
  return {
    honorEntrypoint: isOn('FF_KUBERNETES_HONOR_ENTRYPOINT'),
    posixEscapes: isOn('FF_POSIXLY_CORRECT_ESCAPES'),
    buildOwnsFiles: isOn('FF_DISABLE_UMASK_FOR_KUBERNETES_EXECUTOR') || isOn('FF_DISABLE_UMASK_FOR_DOCKER_EXECUTOR'),
    debugServices: isOn('CI_DEBUG_SERVICES'),
    printEvents: isOn('FF_PRINT_POD_EVENTS'),
  };
}

/** Go's `strconv.ParseBool`, by which the runner reads its flags. */
const TRUE = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
