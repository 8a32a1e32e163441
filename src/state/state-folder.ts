import { chmod, mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { randomHex } from '../random.ts';
import { DriverError } from '../driver-error.ts';
import { writeAtomically } from './files.ts';
import { type JobRecord, parseJobRecord } from './job-record.ts';

/** Where the record of an attempt lies. `config` tells it to the later stages, so that `run` needs no settings file. */
export const recordFile = (stateDir: string, attempt: string): string => join(stateDir, 'jobs', `${attempt}.json`);

/**
 * A random id for this host, made once. Losing it costs nothing but the collector's confidence about older groups.
 * @throws DriverError (operator) when the state folder cannot be used.
 */
export async function hostId(stateDir: string): Promise<string> {
  const file = join(stateDir, 'host-id');
  const known = await readFile(file, 'utf8').catch(() => '');
  if (/^[0-9a-f]{16}$/.test(known)) return known;
  await save(file, randomHex(8), stateDir);
  // Two jobs may have made one at the same time: the file is what counts.
  return readFile(file, 'utf8');
}

export async function saveRecord(file: string, record: JobRecord): Promise<void> {
  await save(file, JSON.stringify(record), dirname(dirname(file)));
}

/** @returns undefined when there is no readable record. */
export async function loadRecord(file: string): Promise<JobRecord | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parseJobRecord(text);
}

/**
 * Writes down that a job's group is gone, for the stages that follow.
 * @returns false when the job was forgotten meanwhile: a record of it, keys included, must not come back.
 */
export async function noteLoss(file: string, sentence: string): Promise<boolean> {
  const record = await loadRecord(file);
  if (record === undefined) return false;
  await saveRecord(file, { ...record, lost: sentence });
  return true;
}

export const forgetRecord = (file: string): Promise<void> => rm(file, { force: true });

/** @throws DriverError (operator) */
async function save(file: string, content: string, stateDir: string): Promise<void> {
  try {
    await mkdir(stateDir, { recursive: true, mode: 0o700 });
    await chmod(stateDir, 0o700);
    await writeAtomically(file, content);
  } catch (cause) {
    throw new DriverError(
      'operator',
      `The state folder ${stateDir} cannot be written (${(cause as NodeJS.ErrnoException).code}).`,
      {
        hint: 'Create it for the user of GitLab Runner with mode 0700, or set state_dir.',
        cause,
      },
    );
  }
}
