import { parseJob, type Job } from '../../src/runner/job.ts';

/** A job response with the fields that the driver reads; `change` replaces top-level ones. */
export const jobResponse = (change: Record<string, unknown> = {}): string =>
  JSON.stringify({
    id: 90211,
    token: 'glcbt-64_secret',
    job_info: { name: 'unit', stage: 'test', project_id: 77, project_full_path: 'acme/shop', pipeline_id: 4412 },
    git_info: { repo_url: 'https://gitlab-ci-token:glcbt-64_secret@gitlab.example.com:8443/acme/shop.git' },
    runner_info: { timeout: 3600 },
    image: { name: 'node:22' },
    artifacts: null,
    cache: [],
    dependencies: [],
    ...change,
  });

export const job = (change: Record<string, unknown> = {}): Job => parseJob(jobResponse(change));

/** A change of the response's image: its executor options, and more. */
export const imageWith = (executor_opts: object, more: object = {}) => ({
  image: { name: 'node:22', executor_opts, ...more },
});
