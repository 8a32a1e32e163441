import { chmod, chown, lstat, mkdir, readlink, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { isRealRoot } from '../../real-root.ts';

/** As the kernel has it (man 7 path_resolution). */
const MOST_LINKS = 40;
const USUAL_MODE = 0o755;

/**
 * Makes the place of a mount in a container's own layer, as a container runtime does for root, where the image does not have it.
 * @param rootfs the image's. Links in it lead to places in it, never to the machine's.
 * @param upper what lies over it.
 * @param path where the container sees the mount. The last part may be a file.
 * @returns the path without any links.
 */
export async function makeMountPoint(
  rootfs: string,
  upper: string,
  path: string,
  kind: 'file' | 'folder',
): Promise<string> {
  let [place, links] = ['/', 0];
  const ahead = parts(path);
  for (let name = ahead.shift(); name !== undefined; name = ahead.shift()) {
    const next = posix.join(place, name);
    const found = await lstat(join(rootfs, next)).catch(() => undefined);
    if (found?.isSymbolicLink()) {
      if (++links > MOST_LINKS) throw new Error(`${path}: too many links`);
      const target = await readlink(join(rootfs, next));
      ahead.unshift(...parts(target));
      if (posix.isAbsolute(target)) place = '/';
      continue;
    }
    place = next;
    if (found && !found.isDirectory()) {
      if (ahead.length === 0 && kind === 'file') return place;
      throw new Error(`${path}: ${place} of the image is not a folder`);
    }
    if (ahead.length > 0 || kind === 'folder') await makeFolder(join(upper, place), found);
    else if (!found) await writeFile(join(upper, place), '');
  }
  return place;
}

/** `..` at the root stays there. */
const parts = (path: string): string[] => path.split('/').filter((part) => part !== '' && part !== '.');

/** A folder that lies over one of the image's counts for both, so it has to look the same. */
async function makeFolder(
  path: string,
  like: { readonly mode: number; readonly uid: number; readonly gid: number } | undefined,
): Promise<void> {
  const made = await mkdir(path, { recursive: true });
  if (made === undefined) return;
  if (like && isRealRoot) await chown(path, like.uid, like.gid);
  await chmod(path, like?.mode ?? USUAL_MODE);
}
