import * as z from 'zod/mini';
import { parseJson } from '../json.ts';
import { LOG_LEVELS } from '../report/driver-log.ts';

/**
 * What one stage leaves for the next: written by `prepare` before each create call, read by `run` and `cleanup`. It may be lost at any
 * time; then `run` fails as a system failure and `cleanup` finds the groups by their tags.
 */
const JobRecordSchema = z.object({
  version: z.literal(1),
  attempt: z.string(),
  job: z.object({ id: z.number(), projectId: z.number(), gitlabHost: z.string() }),
  /** For the collector: which manager, host and runner process this job belongs to. */
  manager: z._default(z.string(), ''),
  host: z.string(),
  caller: z.object({
    bootId: z.string(),
    pidNamespace: z.string(),
    mountNamespace: z.string(),
    pid: z.number(),
    startTime: z.string(),
  }),
  /** The runner's folder for this job, which ends with it; empty when the runner has not said. */
  runnerFolder: z._default(z.string(), ''),
  cloud: z.object({
    region: z.string(),
    endpoint: z.string(),
    protocol: z.enum(['https', 'http']),
    signature: z.enum(['v2', 'v3']),
    parameters: z.enum(['body', 'query']),
  }),
  /**
   * Every create call, the intent written down before it was sent. `sent`: the answer is not known (yet), so a group may exist that
   * only its tags can find. `created`: the group is ours to delete. `deleted`: ECI took the deletion.
   */
  creates: z.array(
    z.object({
      try: z.number(),
      token: z.string(),
      state: z.enum(['sent', 'refused', 'created', 'deleted']),
      groupId: z.optional(z.string()),
    }),
  ),
  /** The group that answered: how to reach it. Secret, hence mode 0600. */
  machine: z.optional(
    z.object({
      groupId: z.string(),
      zone: z.string(),
      address: z.string(),
      ports: z.object({ helper: z.number(), build: z.number() }),
      hostKeys: z.object({ helper: z.string(), build: z.string() }),
      clientKey: z.string(),
      /** Seconds. */
      keepalive: z.optional(z.number()),
    }),
  ),
  /** Containers of services, and what stands in front of the lines of their logs. */
  services: z.optional(z.array(z.object({ container: z.string(), label: z.string() }))),
  /** The job has a cache, and cache_dir ends with the group: the first stage that has to do with it. */
  endingCache: z.optional(z.string()),
  /** A group that was reclaimed is left, so that retries see it. */
  sparesReclaimed: z.optional(z.boolean()),
  /** In seconds, from the settings: `run` reads no settings file, and `cleanup` must not depend on a later one. */
  limits: z.object({ reconnectTimeout: z.number(), abandonAfter: z.number(), cleanupTimeout: z.number() }),
  /** Where and what the driver's own log writes, for the same reason. */
  log: z.object({ file: z.string(), level: z.enum(LOG_LEVELS) }),
});

export type JobRecord = z.infer<typeof JobRecordSchema>;
export type Machine = NonNullable<JobRecord['machine']>;
export type CreateEntry = JobRecord['creates'][number];

/** @returns undefined when the text is not a record of this version. */
export function parseJobRecord(text: string): JobRecord | undefined {
  const result = JobRecordSchema.safeParse(parseJson(text));
  return result.success ? result.data : undefined;
}
