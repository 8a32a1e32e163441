import { collect, isNotable } from '../collector/collect.ts';
import { GRACE } from '../collector/marks.ts';
import { table } from '../collector/show.ts';
import { DriverError } from '../driver-error.ts';
import { plural } from '../report/lines.ts';
import { parseDuration } from '../settings/duration.ts';
import { loadSettings } from '../settings/load.ts';
import { cloudAddress, openCloud } from './cloud.ts';
import type { Handler } from './command.ts';
import { logSettings, openLog } from './open-log.ts';

/**
 * For people and timers: deletes the groups of this manager that nobody needs any more. Nothing of it is asked twice in one run: the second pass is
 * the next run.
 * @throws DriverError (platform) when a group that was to be deleted is not known to be; the table has been written then.
 */
export const gc: Handler = async (context, source, _words, options) => {
  const { env, stdout, clock, signal } = context;
  const grace = graceOf(options.grace);
  const settings = await loadSettings(source, env);
  const groups = await openCloud(cloudAddress(settings), clock, settings.state_dir);
  const dryRun = options.dryRun === true;
  const scope = { manager: settings.manager_id, region: settings.region, stateDir: settings.state_dir };
  const log = openLog(logSettings(settings), 'gc', env);
  const findings = await collect({ scope, grace, dryRun }, { groups, clock, signal, log });
  await stdout.write(options.json === true ? `${JSON.stringify(findings, undefined, 2)}\n` : table(findings, dryRun));
  const notable = findings.filter(isNotable);
  if (notable.length > 0) await log.write('info', 'collected', { groups: notable.map(({ id }) => id) });
  const failed = notable.filter(({ what }) => what === 'not deleted' || what === 'unanswered');
  if (failed.length === 0) return 0;
  throw new DriverError('platform', `${plural(failed.length, 'container group')} may not be deleted.`, {
    hint: 'The next run tries again. They end by themselves at their deadline.',
  });
};

function graceOf(text: string | true | undefined): number {
  const seconds = text === undefined ? GRACE : parseDuration(/^\d+$/.test(String(text)) ? Number(text) : text);
  if (seconds !== undefined) return seconds;
  throw new DriverError('operator', `--grace ${String(text)} is no duration.`, {
    hint: 'Give seconds or a duration such as "90s" or "5m".',
  });
}
