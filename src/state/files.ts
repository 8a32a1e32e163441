import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Readers see the old content or the new one, never half of it, and nobody but the owner sees any.
 * @throws the file system's error; nothing is left then.
 */
export async function writeAtomically(file: string, content: string): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(temporary, content, { mode: 0o600 });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** A name that stands for any text in one folder. */
export const fileName = (text: string): string => text.replace(/[^A-Za-z0-9._-]/g, '_');
