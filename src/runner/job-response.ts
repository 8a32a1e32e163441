import * as z from 'zod/mini';
import { DriverError } from '../driver-error.ts';
import { parseJson } from '../json.ts';

/** The text that the runner writes to `JOB_RESPONSE_FILE` (runner: `common/spec/spec.go`), of which only what we need is looked at. */
const count = z.int();
const text = z.nullish(z.string());
const words = z.nullish(z.array(z.string()));
const list = z.nullish(z.array(z.unknown()));
const flag = z.nullish(z.boolean());

const variables = z.nullish(
  z.array(z.object({ key: text, value: text, public: flag, masked: flag, file: flag, raw: flag })),
);

const executorOptions = z.nullish(
  z.object({
    docker: z.nullish(z.object({ user: text, platform: text })),
    kubernetes: z.nullish(z.object({ user: text })),
  }),
);

const image = z.object({
  name: text,
  alias: text,
  entrypoint: words,
  command: words,
  ports: z.nullish(z.array(z.object({ number: z.nullish(count) }))),
  variables,
  pull_policy: words,
  executor_opts: executorOptions,
});

/** Fields that newer runners add are ignored, fields that we do not need are not asked for. */
const Response = z.object({
  id: count,
  job_info: z.object({
    name: text,
    project_id: count,
    project_full_path: text,
    project_name: text,
    pipeline_id: z.nullish(count),
  }),
  git_info: z.nullish(z.object({ repo_url: text, protected: flag })),
  runner_info: z.nullish(z.object({ timeout: z.nullish(count) })),
  image: z.nullish(image),
  services: z.nullish(z.array(image)),
  artifacts: list,
  cache: z.nullish(z.array(z.object({ policy: text }))),
  dependencies: list,
  token: text,
  variables,
  credentials: z.nullish(z.array(z.object({ type: text, url: text, username: text, password: text }))),
  secrets: z.nullish(z.record(z.string(), z.nullish(z.object({ file: flag })))),
  features: z.nullish(z.object({ trace_sections: flag })),
});

export type JobResponse = z.infer<typeof Response>;
export type ResponseImage = z.infer<typeof image>;

/** @throws DriverError (operator) when the text is not a job response. The message never quotes the text: it holds the job's token. */
export function parseJobResponse(text: string): JobResponse {
  const json = parseJson(text);
  if (json === undefined) throw unreadable('it is not JSON');
  const parsed = Response.safeParse(json);
  if (parsed.success) return parsed.data;
  const paths = parsed.error.issues.map((issue) => issue.path.join('.') || '(document)');
  throw unreadable(`these fields are missing or of another type: ${[...new Set(paths)].join(', ')}`);
}

const unreadable = (why: string): DriverError =>
  new DriverError('operator', `The job response that GitLab Runner wrote cannot be read: ${why}.`, {
    hint: 'Check that the versions of GitLab Runner and of this driver fit together.',
  });
