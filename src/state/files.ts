import { renameSync, rmSync } from 'node:fs';
import { link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseJson } from '../json.ts';
import { randomHex } from '../random.ts';
import { isOurs } from './private-files.ts';

/**
 * Readers see the old content or the new one, never half of it, and nobody but the owner sees any.
 * @throws the file system's error; nothing is left then.
 */
export async function writeAtomically(file: string, content: string): Promise<void> {
  const temporary = `${file}.${randomHex(6)}`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(temporary, content, { mode: 0o600 });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/**
 * Makes a file that is there with all of its content at once, unless there is one already: of several that make it, one wins.
 * @throws the file system's error: `EEXIST`, or whatever else is in the way, a file system without hard links for one.
 */
export async function createAtomically(file: string, content: string): Promise<void> {
  const temporary = `${file}.${randomHex(6)}`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(temporary, content, { mode: 0o600 });
    await link(temporary, file);
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/**
 * Takes away a file that a dead process has left: a lock, a claim. At once, so that nothing of this process runs in between.
 * @returns whether this process did: of all that try, one does. A file that cannot be moved stays.
 */
export function takeAway(file: string): boolean {
  const moved = `${file}.${randomHex(6)}`;
  try {
    renameSync(file, moved);
  } catch {
    return false;
  }
  try {
    rmSync(moved, { force: true });
  } catch {
    // It is out of the way.
  }
  return true;
}

/** @returns undefined when there is no such file, others could have written it, or it is not JSON. */
export const readJson = async (file: string): Promise<unknown> =>
  (await isOurs(file)) ? parseJson(await readFile(file).catch(() => '')) : undefined;

/**
 * Removes the files of a folder that nobody has written since a moment. Never fails.
 * @param before in milliseconds since the epoch.
 * @param isKept by the name: stays, however old.
 */
export async function dropOld(
  folder: string,
  before: number,
  isKept: (name: string) => boolean = () => false,
): Promise<void> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => !isKept(name));
  await Promise.all(
    names.map(async (name) => {
      const file = join(folder, name);
      const written = await stat(file).then(
        ({ mtimeMs }) => mtimeMs,
        () => Infinity,
      );
      if (written < before) await rm(file, { force: true }).catch(() => undefined);
    }),
  );
}

/** A name that stands for any text in one folder. */
export const fileName = (text: string): string => text.replace(/[^A-Za-z0-9._-]/g, '_');
