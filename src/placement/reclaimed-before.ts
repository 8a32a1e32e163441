import type { Clock } from '../context.ts';
import type { ContainerGroup, ContainerGroups } from '../eci/container-groups.ts';
import { ifTold } from '../eci/if-told.ts';
import { announcedReclaim, isReclaimed } from '../group/announced-end.ts';
import { retryTags } from '../group/tags.ts';
import type { Job } from '../runner/job.ts';

/** Milliseconds. A job without this knowledge is one that takes its chance again. */
const PATIENCE = 5000;

interface Ports {
  readonly groups: Pick<ContainerGroups, 'findByTags'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * The spot instance that an earlier try of a job has lost, by the tags of groups that ECI still shows: for an hour after their end, and then the newest
 * hundred ("Lifecycle of an elastic container instance").
 * @returns its id; undefined when there is none, or ECI does not say.
 */
export async function reclaimedBefore(job: Job, { groups, clock, signal }: Ports): Promise<string | undefined> {
  const tried = await ifTold({ milliseconds: PATIENCE, clock, signal }, (patience) =>
    groups.findByTags(retryTags(job), patience),
  );
  const isLost = (group: ContainerGroup): boolean => isReclaimed(group) || announcedReclaim(group) !== undefined;
  return tried?.find(isLost)?.id;
}
