import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A file system of its own in a folder, of so many KiB. */
export interface SmallDisk {
  readOnly(): Promise<void>;
  remove(): Promise<void>;
}

/** @throws when this user cannot mount anything. */
export async function mountSmallDisk(folder: string, size: number): Promise<SmallDisk> {
  await mkdir(folder, { recursive: true });
  await run('mount', ['-t', 'tmpfs', '-o', `size=${size}k,mode=0700`, 'none', folder]);
  return {
    readOnly: async () => void (await run('mount', ['-o', 'remount,ro', folder])),
    remove: async () => void (await run('umount', [folder])),
  };
}

/** Why no disk can be mounted here; undefined when one can. */
export const noSmallDisk: string | undefined = await (async () => {
  const folder = await mkdtemp(join(tmpdir(), 'small-disk-'));
  try {
    await (await mountSmallDisk(folder, 64)).remove();
    return undefined;
  } catch {
    return 'skipped: this user cannot mount a file system';
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
})();
