import type { Clock } from '../context.ts';
import type { ContainerGroups } from '../eci/container-groups.ts';
import { ifTold } from '../eci/if-told.ts';
import type { CreateEntry, Machine } from '../state/job-record.ts';
import { isLost } from '../state/state-folder.ts';
import { announcedReclaim, isReclaimed } from './announced-end.ts';
import { look } from './look.ts';

/** Milliseconds in which a reclaim that was announced shows in the group's status, and between two looks. */
const PATIENCE = 8000;
const LOOK_INTERVAL = 2000;

/** What the record of an attempt says of it. */
export interface ReclaimRecord {
  readonly creates: readonly CreateEntry[];
  readonly sparesReclaimed?: boolean | undefined;
  /** Of the group that was ready. */
  readonly machine?: Machine | undefined;
}

interface SparingPorts {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Milliseconds: whoever asks still has to delete what is not spared. */
  readonly patience?: number;
}

/**
 * A group that was reclaimed costs nothing, and its tags tell a retry of the job to avoid spot: so it is not deleted. ECI drops it by itself.
 * @param record of an attempt. Where a machine was ready and no stage has found it gone, there is nothing to tell, and ECI is not asked.
 * @returns the id of the group that is to be left; undefined when there is none: a group that may run on is deleted, sign or not.
 */
export async function spareReclaimed(
  { creates, sparesReclaimed = false, machine }: ReclaimRecord,
  recordFile: string,
  groups: ContainerGroups,
  { clock, signal, patience: longest = PATIENCE }: SparingPorts,
): Promise<string | undefined> {
  const id = creates.findLast((entry) => entry.state === 'created')?.groupId;
  if (id === undefined || !sparesReclaimed) return undefined;
  if (machine !== undefined && !(await isLost(recordFile))) return undefined;
  return ifTold({ milliseconds: Math.min(PATIENCE, longest), clock, signal }, async (patience) => {
    for (;;) {
      const seen = await look(groups, id, patience);
      const group = seen === 'unknown' ? undefined : seen.group;
      if (group && isReclaimed(group)) return id;
      if (!group || !announcedReclaim(group)) return undefined;
      await clock.sleep(LOOK_INTERVAL, patience);
    }
  });
}
