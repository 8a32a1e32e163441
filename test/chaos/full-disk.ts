import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

const FILLER = Buffer.alloc(4096, 'x');
/** More than there is room for. */
const MOST = 1000;

const filler = (folder: string): string => join(folder, 'filler');

/** Writes until nothing more fits. @returns whether that came. */
export async function fillDisk(folder: string): Promise<boolean> {
  for (let blocks = 0; blocks < MOST; blocks++) {
    try {
      await appendFile(filler(folder), FILLER);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ENOSPC';
    }
  }
  return false;
}

export const emptyDisk = (folder: string): Promise<void> => rm(filler(folder), { force: true });
