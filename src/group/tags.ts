import { createHash } from 'node:crypto';
import type { Job } from '../runner/job.ts';
import { instanceId } from '../state/caller.ts';
import type { Caller } from '../state/caller.ts';

/** The driver's own tags: the truth about what runs, should every file on the manager be gone. */
export const TAG = {
  managedBy: 'managed-by',
  manager: 'gitlab-eci-manager',
  host: 'gitlab-eci-host',
  instance: 'gitlab-eci-instance',
  gitlab: 'gitlab-eci-gitlab',
  project: 'gitlab-eci-project',
  pipeline: 'gitlab-eci-pipeline',
  job: 'gitlab-eci-job',
  attempt: 'gitlab-eci-attempt',
  try: 'gitlab-eci-try',
  retry: 'gitlab-eci-retry',
  deadline: 'gitlab-eci-deadline',
  seconds: 'gitlab-eci-seconds',
} as const;

const MANAGED_BY = 'gitlab-eci-executor';

/** Who runs this manager: the setting, the host's random id and the calling runner process. */
export interface ManagerIdentity {
  readonly manager: string;
  readonly host: string;
  readonly caller: Caller;
}

interface TagFacts {
  readonly job: Job;
  readonly identity: ManagerIdentity;
  readonly attempt: string;
  /** Number of the create call within the attempt, from 1. */
  readonly tryNumber: number;
  /** After this moment nobody needs the group any more: for people, by the manager's clock. */
  readonly deadline: Date;
  /** The same in seconds after the group's creation, which the cloud's clock measures. */
  readonly seconds: number;
  /** Retries of the job shall find the group by its tags. */
  readonly showsRetries: boolean;
}

/** All tags of a group: the operator's first, then ours, which settings cannot name. */
export function groupTags(
  facts: TagFacts,
  own: Readonly<Record<string, string>>,
): readonly { Key: string; Value: string }[] {
  const { job, identity } = facts;
  const ours: Readonly<Record<string, string>> = {
    [TAG.managedBy]: MANAGED_BY,
    [TAG.manager]: identity.manager,
    [TAG.host]: identity.host,
    [TAG.instance]: instanceId(identity.caller),
    ...placeTags(job),
    ...(facts.showsRetries ? { [TAG.retry]: nameTag(job) } : {}),
    [TAG.job]: String(job.id),
    ...attemptTags(facts.attempt),
    [TAG.try]: String(facts.tryNumber),
    [TAG.deadline]: facts.deadline.toISOString().replace(/\.\d+Z$/, 'Z'),
    [TAG.seconds]: String(facts.seconds),
  };
  return Object.entries({ ...own, ...ours }).map(([Key, Value]) => ({ Key, Value }));
}

const placeTags = ({ gitlabHost, projectId, pipelineId }: Job): Readonly<Record<string, string>> => ({
  [TAG.gitlab]: gitlabHost.slice(0, 128),
  [TAG.project]: String(projectId),
  [TAG.pipeline]: String(pipelineId),
});

/** A retry in GitLab has another id, and the same name in the same pipeline. Names may hold what tags may not. */
const nameTag = ({ name }: Job): string => createHash('sha256').update(name).digest('hex').slice(0, 16);

/** What finds the groups of earlier tries of a job, whichever manager made them, if they were made to be found so. */
export const retryTags = (job: Job): Readonly<Record<string, string>> => ({
  [TAG.managedBy]: MANAGED_BY,
  ...placeTags(job),
  [TAG.retry]: nameTag(job),
});

/** What finds every group of a manager, whichever host and job made it. */
export const managerTags = (manager: string): Readonly<Record<string, string>> => ({
  [TAG.managedBy]: MANAGED_BY,
  [TAG.manager]: manager,
});

/** What finds every group of one attempt, whoever lost which answer. */
export const attemptTags = (attempt: string): Readonly<Record<string, string>> => ({
  [TAG.managedBy]: MANAGED_BY,
  [TAG.attempt]: attempt,
});
