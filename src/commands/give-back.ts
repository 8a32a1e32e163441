import type { Context } from '../context.ts';
import type { ContainerGroups } from '../eci/container-groups.ts';
import { removeGroups } from '../group/remove-groups.ts';
import { removeLate } from '../group/remove-late.ts';
import { type ReclaimRecord, spareReclaimed } from '../group/spare-reclaimed.ts';
import type { DriverLog } from '../report/driver-log.ts';
import { forgetRecord } from '../state/state-folder.ts';
import { timeLimit } from '../time-limit.ts';

/** Milliseconds: one deletion that takes as long as it may, and its turn. What is left after it is cleanup's, or ends by its own deadline. */
const PATIENCE = 45_000;

/** What one attempt made, as its record says. */
interface Attempt extends ReclaimRecord {
  readonly attempt: string;
  readonly recordFile: string;
}

/**
 * Deletes what an attempt made when it has failed or was left alone. The runner's cleanup usually follows and finds nothing; after the
 * runner's own death nobody follows, so the groups of open create calls are waited for, and the record is forgotten. Never fails.
 */
export async function giveBack(
  made: Attempt,
  groups: ContainerGroups,
  log: DriverLog,
  { clock, callerIsGone }: Pick<Context, 'clock' | 'callerIsGone'>,
): Promise<void> {
  const { attempt, recordFile, creates } = made;
  const { signal, over } = timeLimit(PATIENCE, clock);
  try {
    const spared = await spareReclaimed(made, recordFile, groups, { clock, signal });
    const early = await removeGroups(creates, groups, attempt, clock, signal, spared);
    const ports = { groups, attempt, clock, signal, patience: PATIENCE };
    const late = callerIsGone() ? await removeLate(creates, early, ports) : [];
    const removed = [...early, ...late];
    if (callerIsGone()) await forgetRecord(recordFile);
    await log.write('info', 'given back', { groups: removed, callerIsGone: callerIsGone() });
  } catch (error) {
    // Whatever is left has its tags, its deadline and its agents.
    await log.write('warn', 'not given back', { err: error });
  } finally {
    over();
  }
}
