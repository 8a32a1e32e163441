import { readFile } from 'node:fs/promises';
import type { Environment } from '../context.ts';
import { type DriverLog, driverLog, type DriverLogSettings } from '../report/driver-log.ts';
import { readContract } from '../runner/contract.ts';
import { operatorSecretsIn, suspectsIn } from '../report/unforeseen.ts';
import { type Job, parseJob } from '../runner/job.ts';
import type { Settings } from '../settings/schema.ts';

/** Where the driver's own log goes by these settings. */
export const logSettings = ({ log_file, log_level, state_dir }: Settings): DriverLogSettings => ({
  file: log_file ?? `${state_dir}/driver.log`,
  level: log_level,
});

/**
 * The driver's own log of one call. Every entry names the job and the attempt; neither is looked up before there is an entry.
 * @param call `prepare`, `run build_script`: what the runner asked for.
 * @param found secrets that neither the job response nor the environment names: logins of the operator's files and helpers.
 */
export function openLog(
  settings: DriverLogSettings,
  call: string,
  env: Environment,
  found: readonly string[] = [],
): DriverLog {
  return driverLog(settings, async () => {
    const { attempt, responseFile } = readContract(env);
    const { id, secrets } = await jobOf(responseFile);
    return {
      fields: { call, job: id, attempt },
      secrets: [...secrets, ...found, ...operatorSecretsIn(env)],
      suspects: suspectsIn(env),
    };
  });
}

/** By the job response alone: `CI_JOB_ID` is the author's to overwrite. Nothing is known in calls by hand, and when nobody can read it. */
async function jobOf(responseFile: string | undefined): Promise<Pick<Job, 'secrets'> & { readonly id?: number }> {
  if (responseFile === undefined) return { secrets: [] };
  try {
    return parseJob(await readFile(responseFile, 'utf8'));
  } catch {
    return { secrets: [] };
  }
}
