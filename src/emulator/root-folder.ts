import { mkdir, mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeTree } from './machines/remove-tree.ts';

/** The folder below which machines live. */
interface RootFolder {
  readonly path: string;
  /** Removes what the emulator made: a temporary folder with all it holds, of a named one only what is empty. */
  remove(): Promise<void>;
}

export async function rootFolder(named: string | undefined): Promise<RootFolder> {
  if (named === undefined) {
    const path = await mkdtemp(join(tmpdir(), 'eci-emulator-'));
    return { path, remove: () => removeTree(path) };
  }
  const made = await mkdir(named, { recursive: true });
  return {
    path: named,
    remove: async () => {
      await removeIfEmpty(groupsFolder(named));
      if (made !== undefined) await removeIfEmpty(named);
    },
  };
}

/** Where the groups' own folders are. */
export const groupsFolder = (root: string): string => join(root, 'groups');

async function removeIfEmpty(folder: string): Promise<void> {
  await rmdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'ENOENT') throw error;
  });
}
