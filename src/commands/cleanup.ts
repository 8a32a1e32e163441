import { DriverError } from '../driver-error.ts';
import { EciError, LONGEST_CREATE } from '../eci/container-groups.ts';
import { removeGroups } from '../group/remove-groups.ts';
import { removeLate } from '../group/remove-late.ts';
import { spareReclaimed } from '../group/spare-reclaimed.ts';
import { failureText } from '../report/job-log.ts';
import { plain, warning } from '../report/lines.ts';
import { readContract } from '../runner/contract.ts';
import type { Context } from '../context.ts';
import { loadSettings, type SettingsSource } from '../settings/load.ts';
import type { Settings } from '../settings/schema.ts';
import type { JobRecord } from '../state/job-record.ts';
import { sharedLooks } from '../state/shared-looks.ts';
import { forgetRecord, type KeptRecord, loadKept, stateDirOf } from '../state/state-folder.ts';
import { timeLimit } from '../time-limit.ts';
import { cloudAddress, openCloud } from './cloud.ts';
import type { Handler } from './command.ts';
import { logSettings, openLog } from './open-log.ts';

/**
 * `cleanup_exec`: asks for the deletion of what the attempt made, forgets the job and returns at once: GitLab shows the job as running until
 * then. Called after failed stages, twice, beside a `run` that still lives, and for groups that are long gone; all of that is success.
 */
export const cleanup: Handler = async (context, source) => {
  const { attempt, recordFile } = readContract(context.env);
  // The attempt id comes from `config`. Without it config failed, and nothing can have been created.
  if (!attempt) return 0;
  const record = recordFile === undefined ? undefined : await knownRecord(recordFile, context);
  const { known, groups, log } = await remove(attempt, record, context, source).catch((cause: unknown) => {
    throw leftRunning(attempt, cause);
  });
  const left = recordFile === undefined ? undefined : await forgetRecord(recordFile);
  if (left !== undefined) await context.stdout.write(warning(leftBehind(recordFile, left)));
  const { collectInPassing } = await import('./collect-in-passing.ts');
  const { manager, stateDir, cloud } = known;
  // What a run that was killed has left.
  const looks = sharedLooks(stateDir, cloud.region);
  for (const { groupId } of record?.creates ?? []) if (groupId !== undefined) await looks.leave(groupId);
  await collectInPassing({ manager, region: cloud.region, stateDir }, { groups, clock: context.clock, log });
  return 0;
};

/** The settings may have become invalid since: they are asked only for what no record says. */
async function remove(
  attempt: string,
  record: KnownRecord | undefined,
  { env, stdout, clock }: Context,
  source: SettingsSource,
) {
  const known = record ? fromRecord(record) : fromSettings(await loadSettings(source, env));
  const groups = await openCloud(known.cloud, clock, known.stateDir);
  const log = openLog(known.log, 'cleanup', env);
  const time = known.cleanupTimeout * 1000;
  const { signal, over } = timeLimit(time, clock);
  try {
    const creates = record?.creates;
    const spared = record && (await spareReclaimed(record, record.file, groups, { clock, signal, patience: time / 2 }));
    const told = async (removed: readonly string[]): Promise<readonly string[]> => {
      await log.write('info', 'deleted', { groups: removed });
      for (const id of removed) await stdout.write(plain(`${id}: deletion requested`));
      return removed;
    };
    const early = await told(await removeGroups(creates, groups, attempt, clock, signal, spared));
    // What a prepare has left that was killed while it asked for a group.
    if (record && clock.now() < record.changedAt + LONGEST_CREATE + CREATE_TIME) {
      const late = await removeLate(record.creates, early, { groups, attempt, clock, signal, patience: CREATE_TIME });
      if (late.length > 0) await told(late);
    }
    return { known, groups, log };
  } finally {
    over();
  }
}

/** Milliseconds after which a create call has done its work, or will never do it: its own deadline. */
const CREATE_TIME = 30_000;

/** A record that is not to be trusted counts as none: the group is found by its tags. */
async function knownRecord(file: string, { stdout }: Context): Promise<KnownRecord | undefined> {
  const kept = await loadKept(file).catch(async (error: unknown) => {
    if (!(error instanceof DriverError)) throw error;
    await stdout.write(failureText(error));
    return undefined;
  });
  return kept && { ...kept, ...kept.record, stateDir: stateDirOf(file) };
}

type KnownRecord = JobRecord & Pick<KeptRecord, 'changedAt' | 'file'> & { readonly stateDir: string };

const fromRecord = ({ cloud, limits, log, manager, stateDir }: KnownRecord) => ({
  cloud,
  cleanupTimeout: limits.cleanupTimeout,
  log,
  manager,
  stateDir,
});

const fromSettings = (settings: Settings) => ({
  cloud: cloudAddress(settings),
  cleanupTimeout: settings.cleanup_resources_timeout,
  log: logSettings(settings),
  manager: settings.manager_id,
  stateDir: settings.state_dir,
});

/** The job is over all the same. */
const leftBehind = (file: string | undefined, why: string): string =>
  `The record ${file} cannot be removed (${why}). Its keys are of a group that is gone; remove it by hand.`;

function leftRunning(attempt: string, cause: unknown): DriverError {
  const known = cause instanceof EciError || cause instanceof DriverError ? cause : undefined;
  const { hint, details } = known instanceof DriverError ? known : {};
  const why = known?.message ?? 'its deletion could not be requested in time.';
  return new DriverError(
    'platform',
    `A container group with the tag gitlab-eci-attempt=${attempt} may still be running: ${why}`,
    {
      hint: `It ends by itself at its deadline. To end it now, delete it in the ECI console.${hint === undefined ? '' : ` ${hint}`}`,
      details,
      cause,
    },
  );
}
