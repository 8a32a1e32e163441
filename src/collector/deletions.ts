import type { Clock } from '../context.ts';
import { DriverError } from '../driver-error.ts';
import { type ContainerGroups, EciError } from '../eci/container-groups.ts';
import { removeGroup } from '../group/remove-groups.ts';
import type { DriverLog } from '../report/driver-log.ts';
import { delayed, timeLimit } from '../time-limit.ts';

/** Deletions at one time. ECI counts an account's calls, those of its jobs too. */
const AT_ONCE = 5;
/** Milliseconds for one deletion, its turn included: what is not done then is the next pass's. */
const DELETION_TIME = 45_000;
/** Milliseconds that the answers of deletions have which were begun before the signal. */
const ANSWER_TIME = 5000;

export interface DeletionPorts {
  readonly groups: ContainerGroups;
  readonly clock: Clock;
  /** No deletion is begun any more when it is aborted. */
  readonly signal: AbortSignal;
  readonly log: DriverLog;
}

/** `unanswered`: asked for, and ECI has not said whether it deletes the group. */
export interface Deletion {
  readonly what: 'deleted' | 'unanswered' | 'not deleted';
  /** Why it is not known to be deleted, without a full stop; empty when it is. */
  readonly trouble: string;
}

/**
 * Asks for the deletion of groups, a few at a time. Never rejects: what becomes of one has nothing to do with the others. Returns 45 seconds after
 * the last one was begun, at the latest, and five seconds after the signal.
 * @returns the outcome of each.
 */
export async function deleteAll(ids: readonly string[], ports: DeletionPorts): Promise<ReadonlyMap<string, Deletion>> {
  const outcomes = new Map<string, Deletion>();
  const answers = delayed(ports.signal, ANSWER_TIME, ports.clock);
  const waiting = [...ids];
  const inTurn = async (): Promise<void> => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      outcomes.set(id, await deletion(id, ports, answers.signal));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, inTurn));
  answers.over();
  return outcomes;
}

async function deletion(
  id: string,
  { groups, clock, signal, log }: DeletionPorts,
  answers: AbortSignal,
): Promise<Deletion> {
  if (signal.aborted) return { what: 'not deleted', trouble: 'its turn had not come when the time was over' };
  const limit = timeLimit(DELETION_TIME, clock, answers);
  try {
    await removeGroup(id, groups, clock, limit.signal);
    return { what: 'deleted', trouble: '' };
  } catch (error) {
    if (error instanceof EciError)
      return { what: error.ambiguous ? 'unanswered' : 'not deleted', trouble: error.message };
    if (error instanceof DriverError) return { what: 'unanswered', trouble: 'ECI did not answer in time' };
    // What it says stays in the driver's log: nobody knows what it holds.
    await log.write('error', 'bug', { group: id, err: error });
    const name = error instanceof Error ? error.name : typeof error;
    return { what: 'not deleted', trouble: `a bug of ours (${name}), see the driver log` };
  } finally {
    limit.over();
  }
}
