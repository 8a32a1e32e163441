import type { Clock } from '../context.ts';
import { type ContainerGroup, type ContainerGroups, EciError } from '../eci/container-groups.ts';
import { announcedReclaim, isReclaimed } from '../group/announced-end.ts';
import { retryTags } from '../group/tags.ts';
import type { Job } from '../runner/job.ts';
import { timeLimit } from '../time-limit.ts';

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
  const limit = timeLimit(PATIENCE, clock, signal);
  try {
    const found = await groups.findByTags(retryTags(job), limit.signal);
    const isLost = (group: ContainerGroup): boolean => isReclaimed(group) || announcedReclaim(group) !== undefined;
    return found.find(isLost)?.id;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof EciError || limit.signal.aborted) return undefined;
    throw error;
  } finally {
    limit.over();
  }
}
