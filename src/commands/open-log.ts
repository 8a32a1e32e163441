import { readFile } from 'node:fs/promises';
import type { Environment } from '../context.ts';
import { type DriverLog, driverLog, type DriverLogSettings } from '../report/driver-log.ts';
import { readContract } from '../runner/contract.ts';
import { parseJob } from '../runner/job.ts';
import type { Settings } from '../settings/schema.ts';

/** Where the driver's own log goes by these settings. */
export const logSettings = ({ log_file, log_level, state_dir }: Settings): DriverLogSettings => ({
  file: log_file ?? `${state_dir}/driver.log`,
  level: log_level,
});

/**
 * The driver's own log of one call. Every entry names the job and the attempt; neither is looked up before there is an entry.
 * @param call `prepare`, `run build_script`: what the runner asked for.
 */
export function openLog(settings: DriverLogSettings, call: string, env: Environment): DriverLog {
  return driverLog(settings, async () => {
    const { attempt, responseFile } = readContract(env);
    return { call, job: await jobId(responseFile), attempt };
  });
}

/** By the job response alone: `CI_JOB_ID` is the author's to overwrite. Undefined in calls by hand, and when nobody can read it. */
async function jobId(responseFile: string | undefined): Promise<number | undefined> {
  if (responseFile === undefined) return undefined;
  try {
    return parseJob(await readFile(responseFile, 'utf8')).id;
  } catch {
    return undefined;
  }
}
