import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mountSmallDisk } from './small-disk.ts';

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
