import type { Environment } from '../context.ts';
import { expand } from './expand.ts';
import type { Job } from './job.ts';

/**
 * The environment that the runner would pass for a job, as far as the job's response tells it (runner: `executors/custom/custom.go`): each
 * variable that GitLab has sent as `CUSTOM_ENV_<name>`, the others' values filled in once. What the runner itself adds, such as its version
 * and the paths of builds, is not in there.
 */
export function responseEnvironment({ variables }: Pick<Job, 'variables'>): Environment {
  const written = new Map(variables.map(({ key, value }) => [key, value]));
  return Object.fromEntries(
    variables.map(({ key, value, isRaw }) => [
      `CUSTOM_ENV_${key}`,
      isRaw ? value : expand(value, (name) => written.get(name)),
    ]),
  );
}
