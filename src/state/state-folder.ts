import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DriverError } from '../driver-error.ts';
import { parseJson } from '../json.ts';
import { writeAtomically } from './files.ts';
import { type JobRecord, parseJobRecord } from './job-record.ts';
import { requirePrivate } from './private-files.ts';

/** Where the record of an attempt lies. `config` tells it to the later stages, so that `run` needs no settings file. */
export const recordFile = (stateDir: string, attempt: string): string =>
  join(recordFolder(stateDir), `${attempt}.json`);

export const recordFolder = (stateDir: string): string => join(stateDir, 'jobs');

/** The state folder in which a record lies. */
export const stateDirOf = (recordFile: string): string => dirname(dirname(recordFile));

export async function saveRecord(file: string, record: JobRecord): Promise<void> {
  await save(file, JSON.stringify(record), stateDirOf(file));
}

/**
 * @returns undefined when there is no readable record.
 * @throws DriverError (operator) when somebody else could have written it, or put another state folder in place of ours.
 */
export async function loadRecord(file: string): Promise<JobRecord | undefined> {
  await requirePrivate(stateDirOf(file), dirname(file), file);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parseJobRecord(text);
}

/** A record as it lies on disk. */
export interface KeptRecord {
  readonly file: string;
  readonly record: JobRecord;
  /** Of the last change, in milliseconds since the epoch. */
  readonly changedAt: number;
}

/** Every record that can be read. @throws DriverError (operator) when somebody else could have written one of them. */
export async function listRecords(stateDir: string): Promise<readonly KeptRecord[]> {
  const folder = recordFolder(stateDir);
  const names = await readdir(folder).catch(() => []);
  const records = await Promise.all(
    names.filter((name) => name.endsWith('.json')).map((name) => loadKept(join(folder, name))),
  );
  return records.filter((each) => each !== undefined);
}

/** @returns undefined when there is no readable record. */
export async function loadKept(file: string): Promise<KeptRecord | undefined> {
  const [record, written] = await Promise.all([loadRecord(file), stat(file).catch(() => undefined)]);
  return record && written ? { file, record, changedAt: written.mtimeMs } : undefined;
}

/**
 * Where the first stage that found the group gone says so, for the ones that follow. A file of its own: a cleanup beside it may forget the
 * job at any moment, and the record with its keys must not come back then.
 */
const lossFile = (file: string): string => `${file}.lost`;

/** Best effort. @returns false when the job was forgotten meanwhile: the group is gone because we have deleted it. */
export async function noteLoss(file: string, sentence: string): Promise<boolean> {
  await writeAtomically(lossFile(file), sentence).catch(() => undefined);
  return forgetIfForgotten(file);
}

/** An earlier stage has found the group gone, and has said so: what it has said stands there. */
export const isLost = (file: string): Promise<boolean> =>
  readFile(lossFile(file)).then(
    ({ byteLength }) => byteLength > 0,
    () => false,
  );

/** Where the stage that has told of a coming reclaim says so. */
const warnedFile = (file: string): string => `${file}.warned`;

/** @returns whether this is the first stage of the job that asks; the later ones need not say it again. True, too, where nothing can be written down. */
export async function isFirstToWarn(file: string): Promise<boolean> {
  const isFirst = await writeFile(warnedFile(file), '', { flag: 'wx', mode: 0o600 }).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'EEXIST',
  );
  await forgetIfForgotten(file);
  return isFirst;
}

/** What one stage leaves for the next one about logs that it has shown, beside the record for the same reason. */
const shownLogsFile = (file: string): string => `${file}.shown`;

/** @returns undefined when no stage has left anything. */
export async function loadShownLogs(file: string): Promise<unknown> {
  return parseJson(await readFile(shownLogsFile(file), 'utf8').catch(() => ''));
}

/** Best effort: the next stage would show too much. */
export async function saveShownLogs(file: string, shown: unknown): Promise<void> {
  await writeAtomically(shownLogsFile(file), JSON.stringify(shown)).catch(() => undefined);
  await forgetIfForgotten(file);
}

/** What was written for a job that a cleanup has forgotten meanwhile goes too. @returns whether the job is still known. */
async function forgetIfForgotten(file: string): Promise<boolean> {
  const isKnown = await stat(file).then(
    () => true,
    () => false,
  );
  if (!isKnown) await forgetRecord(file);
  return isKnown;
}

/**
 * Removes everything of a job, keys for one: its record, what stands beside it, and what a process that was killed while it wrote has left.
 * @returns why something is left; undefined when nothing is.
 */
export async function forgetRecord(file: string): Promise<string | undefined> {
  const [folder, name] = [dirname(file), basename(file)];
  const beside = (await readdir(folder).catch(() => [])).filter((each) => each.startsWith(`${name}.`));
  const removals = [name, ...beside].map((each) => rm(join(folder, each), { recursive: true, force: true }));
  const failed = (await Promise.allSettled(removals)).find((each) => each.status === 'rejected');
  return failed && String((failed.reason as NodeJS.ErrnoException).code);
}

/**
 * Writes a file of the state folder, which is made if it is missing, for nobody else to look into.
 * @throws DriverError (operator) when it cannot be written, or others could have written in it.
 */
export async function save(file: string, content: string, stateDir: string): Promise<void> {
  try {
    await mkdir(stateDir, { recursive: true, mode: 0o700 });
    await requirePrivate(stateDir, dirname(file));
    await chmod(stateDir, 0o700);
    await writeAtomically(file, content);
  } catch (cause) {
    if (cause instanceof DriverError) throw cause;
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
