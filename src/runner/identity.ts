import type { Environment } from '../context.ts';
import type { Job } from './job.ts';

/** GitLab's predefined variables that say which job this is, from the job response's own fields: no job can overwrite those. */
const VARIABLES: Readonly<Record<string, (job: Job) => string>> = {
  CI_JOB_ID: ({ id }) => String(id),
  CI_PIPELINE_ID: ({ pipelineId }) => String(pipelineId),
  CI_PROJECT_ID: ({ projectId }) => String(projectId),
  CI_PROJECT_PATH: ({ projectPath }) => (projectPath.includes('/') ? projectPath : ''),
  CI_PROJECT_NAME: ({ projectPath }) => projectPath.slice(projectPath.lastIndexOf('/') + 1),
  CI_PROJECT_NAMESPACE: ({ projectPath }) => projectPath.slice(0, Math.max(0, projectPath.lastIndexOf('/'))),
  CI_PROJECT_ROOT_NAMESPACE: ({ projectPath }) => /^([^/]*)\//.exec(projectPath)?.[1] ?? '',
  CI_COMMIT_REF_PROTECTED: ({ isProtected }) => String(isProtected),
};

/** Names that many projects may have. */
const AMBIGUOUS = ['CI_PROJECT_NAME'];

/** Those that no two projects share, or that only say less than such a one. */
export const IDENTITY_VARIABLES: ReadonlySet<string> = new Set(
  Object.keys(VARIABLES).filter((name) => !AMBIGUOUS.includes(name)),
);

/** The variables as the runner passes variables, `CUSTOM_ENV_…`. */
export const identityOf = (job: Job): Environment =>
  Object.fromEntries(Object.entries(VARIABLES).map(([name, read]) => [`CUSTOM_ENV_${name}`, read(job)]));
