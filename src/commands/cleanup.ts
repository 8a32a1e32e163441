import { DriverError } from '../driver-error.ts';
import { EciError } from '../eci/container-groups.ts';
import { removeGroups } from '../group/remove-groups.ts';
import { plain } from '../report/lines.ts';
import { readContract } from '../runner/contract.ts';
import { loadSettings } from '../settings/load.ts';
import { forgetRecord, loadRecord } from '../state/state-folder.ts';
import { timeLimit } from '../time-limit.ts';
import { cloudAddress, openCloud } from './cloud.ts';
import type { Handler } from './command.ts';
import { logSettings, openLog } from './open-log.ts';

/**
 * `cleanup_exec`: asks for the deletion of what the attempt made, forgets the job and returns at once: GitLab shows the job as running until
 * then. Called after failed stages, twice, beside a `run` that still lives, and for groups that are long gone; all of that is success.
 */
export const cleanup: Handler = async ({ env, stdout, clock }, source) => {
  const { attempt, recordFile } = readContract(env);
  // The attempt id comes from `config`. Without it config failed, and nothing can have been created.
  if (!attempt) return 0;
  const settings = await loadSettings(source, env);
  const record = recordFile === undefined ? undefined : await loadRecord(recordFile);
  const groups = await openCloud(record?.cloud ?? cloudAddress(settings), clock);
  const signal = timeLimit(settings.cleanup_resources_timeout * 1000, clock).signal;
  const removed = await removeGroups(record?.creates, groups, attempt, clock, signal).catch((cause: unknown) => {
    throw leftRunning(attempt, cause);
  });
  if (recordFile !== undefined) await forgetRecord(recordFile);
  for (const id of removed) await stdout.write(plain(`${id}: deletion requested`));
  await openLog(logSettings(settings), 'cleanup', env).write('info', 'deleted', { groups: removed });
  return 0;
};

const leftRunning = (attempt: string, cause: unknown): DriverError =>
  new DriverError(
    'platform',
    `A container group with the tag gitlab-eci-attempt=${attempt} may still be running: ${cause instanceof EciError ? cause.message : 'its deletion could not be requested in time'}.`,
    {
      hint: 'It ends by itself at its deadline. To end it now, delete it in the ECI console.',
      cause,
    },
  );
