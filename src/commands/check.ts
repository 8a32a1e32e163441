import { plural } from '../report/lines.ts';
import { headline } from '../placement/story.ts';
import { planAttempts } from '../placement/plan.ts';
import { loadSettings, settingsFile } from '../settings/load.ts';
import type { Handler } from './command.ts';

/** For people: every problem of the settings file at once, or what it amounts to. Calls nothing outside. */
export const check: Handler = async ({ env, stdout }, source) => {
  const settings = await loadSettings(source, env);
  const plan = planAttempts(settings);
  await stdout.write(`${settingsFile(source, env)} is valid${source.profile ? ` (profile ${source.profile})` : ''}.\n`);
  await stdout.write(`${headline(plan, settings)}: ${plural(plan.choices.length, 'attempt')} per round\n`);
  return 0;
};
