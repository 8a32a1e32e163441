import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A file system of its own in a folder, of so many KiB. */
export interface SmallDisk {
  readOnly(): Promise<void>;
  /** Also when somebody still has a file of it open. */
  remove(): Promise<void>;
}

/** @throws when this user cannot mount anything. */
export async function mountSmallDisk(folder: string, size: number): Promise<SmallDisk> {
  await mkdir(folder, { recursive: true });
  await run('mount', ['-t', 'tmpfs', '-o', `size=${size}k,mode=0700`, 'none', folder]);
  return {
    readOnly: async () => void (await run('mount', ['-o', 'remount,ro', folder])),
    remove: async () => void (await run('umount', ['--lazy', folder])),
  };
}
