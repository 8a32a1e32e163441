import { basename } from 'node:path';
import { dropOld } from '../state/files.ts';
import { forgetRecord, type KeptRecord, recordFolder } from '../state/state-folder.ts';
import { type Here, judgeJob } from './judge.ts';
import { recordFacts } from './witness.ts';

/** Milliseconds. A job that is between writing its record and making its group is younger. */
const YOUNG = 300_000;
/** Milliseconds after which a record without a group is of no job: the longest search for capacity, and a day. */
const OLD = 2 * 86_400_000;

/**
 * Forgets records, with the keys in them, of jobs that have no group and are dead, or too old to be looking for capacity still. Best effort: the next
 * pass tries again.
 * @param attempts those of all groups that there are.
 */
export async function forgetDeadJobs(
  records: readonly KeptRecord[],
  attempts: ReadonlySet<string>,
  here: Here,
  now: number,
): Promise<void> {
  const without = records.filter(({ record, changedAt }) => !attempts.has(record.attempt) && now - changedAt > YOUNG);
  await Promise.all(
    without.map(async ({ file, record, changedAt }) => {
      const { is } = judgeJob(await recordFacts(record), here);
      if (is === 'dead' || now - changedAt > OLD) await forgetRecord(file).catch(() => undefined);
    }),
  );
}

/**
 * Removes what is of no record that can be read, such as what a process that was killed while it wrote has left: keys may stand in it, too.
 * @param records all that the folder has, of every manager.
 */
export const dropStrays = (stateDir: string, records: readonly KeptRecord[], now: number): Promise<void> =>
  dropOld(recordFolder(stateDir), now - OLD, (name) => records.some(({ file }) => name.startsWith(basename(file))));
