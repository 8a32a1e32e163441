import { execFile } from 'node:child_process';
import { appendFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Room for a job's files, and little more. */
const SIZE = '512k';
const FILLER = Buffer.alloc(4096, 'x');
/** More than there is room for. */
const MOST = 1000;

/** A folder on a disk of its own. @returns what takes the disk away. */
export async function mountSmallDisk(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { mode: 0o700 });
  await run('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=0700`, 'small-disk', folder]);
  return async () => void (await run('umount', ['--lazy', folder]));
}

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
