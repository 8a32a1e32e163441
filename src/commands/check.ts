import { FAREWELL, KILL_AFTER } from '../agent-protocol.ts';
import { sentParameters } from '../group/registry-parameters.ts';
import { plural, warning } from '../report/lines.ts';
import { withoutSecrets } from '../report/secret-free.ts';
import { headline } from '../placement/story.ts';
import { planAttempts } from '../placement/plan.ts';
import { exposure } from '../settings/exposed.ts';
import { loadSettings, settingsFile } from '../settings/load.ts';
import { SIZING_REQUESTS } from '../settings/sections/sizes.ts';
import { neverMounted } from '../settings/sections/volumes.ts';
import type { Handler } from './command.ts';
import { planSampleJob } from './sample-job.ts';

/** For people: every problem of the settings file at once, or what it amounts to. Calls nothing outside. */
export const check: Handler = async ({ env, stdout, signal }, source) => {
  const given = await loadSettings(source, env);
  const { settings } = (await planSampleJob(given, signal)).plan;
  const plan = planAttempts(settings);
  await stdout.write(`${settingsFile(source, env)} is valid${source.profile ? ` (profile ${source.profile})` : ''}.\n`);
  const exposed = await exposure(settingsFile(source, env), given);
  if (exposed !== undefined) await stdout.write(warning(exposed));
  await stdout.write(`${headline(plan, settings)}: ${plural(plan.choices.length, 'attempt')} per round\n`);
  const unused = SIZING_REQUESTS.filter((key) => given.instance_types.length > 0 && given[key] !== undefined);
  if (unused.length > 0) {
    await stdout.write(
      `instance_types size the group: ${unused.join(', ')} only count${unused.length === 1 ? 's' : ''} beside requests of a job.\n`,
    );
  }
  if (settings.termination_grace_period_seconds < KILL_AFTER + FAREWELL) {
    await stdout.write(
      `termination_grace_period_seconds is less than ${KILL_AFTER + FAREWELL}: a script that does not end at TERM loses its last words when the group is deleted or reclaimed.\n`,
    );
  }
  const left = neverMounted(settings);
  if (left.length > 0) {
    await stdout.write(`Left out of every group, because no container mounts them (containers): ${left.join(', ')}\n`);
  }
  if (Object.keys(settings.parameters).length > 0) {
    await stdout.write(`Sent to CreateContainerGroup as it stands: ${withoutSecrets(sentParameters(settings))}\n`);
  }
  return 0;
};
