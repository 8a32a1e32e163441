import { execFile } from 'node:child_process';
import { chmod, chown, lstat, mkdir, readdir, readlink, realpath, rename } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { dirname, isAbsolute, join, sep } from 'node:path';
import { promisify } from 'node:util';
import { isRealRoot } from '../real-root.ts';
import { removeTree } from '../machines/remove-tree.ts';

/** Of image-spec, layer.md: a file that stands for the absence of another one, and one that empties its folder. */
const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';
const WRITABLE = 0o700;

/**
 * Unpacks an archive, compressed or not, with the system's `tar`. Owners stay what they are only for root. Device files are left out: nobody but
 * root could make them, and containers get their own.
 * @throws Error with the words of `tar`.
 */
export async function unpack(archive: string, folder: string): Promise<void> {
  const owner = isRealRoot ? ['--same-owner', '--numeric-owner'] : ['--no-same-owner'];
  const devices = ['--anchored', '--exclude=dev/*', '--exclude=./dev/*'];
  const where = ['--file', archive, '--directory', folder];
  try {
    await promisify(execFile)('tar', ['--extract', '--same-permissions', ...owner, ...devices, ...where]);
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string };
    throw new Error(`${archive} cannot be unpacked: ${stderr.trim().split('\n')[0] || message}`, { cause: error });
  }
}

/**
 * Puts an unpacked layer on top of what is in a root file system. Nothing outside of it is ever touched, whatever links there are in either; the
 * layer's folder is used up.
 */
export async function applyLayer(layer: string, rootfs: string): Promise<void> {
  const root = await realpath(rootfs);
  await merge(layer, root, root);
}

async function merge(from: string, to: string, root: string): Promise<void> {
  const attributes = await lstat(from);
  // Folders of an image may be closed even to their owner.
  for (const folder of [from, to]) await chmod(folder, WRITABLE);
  const names = await readdir(from);
  if (names.includes(OPAQUE)) for (const name of await readdir(to)) await removeTree(join(to, name));
  // They hide what lies below, not what comes with them.
  const [whiteouts, others] = [names.filter(isWhiteout), names.filter((name) => !isWhiteout(name))];
  for (const name of whiteouts) if (name !== OPAQUE) await removeTree(join(to, hiddenBy(name)));
  for (const name of others) await put(join(from, name), join(to, name), root);
  if (isRealRoot) await chown(to, attributes.uid, attributes.gid);
  await chmod(to, attributes.mode);
}

const isWhiteout = (name: string): boolean => name.startsWith(WHITEOUT);

/** @throws Error for a name that would lead out of the folder. */
function hiddenBy(whiteout: string): string {
  const name = whiteout.slice(WHITEOUT.length);
  if (name === '' || name === '.' || name === '..') throw new Error(`a layer has the file ${whiteout}`);
  return name;
}

async function put(from: string, to: string, root: string): Promise<void> {
  const [source, target] = [await lstat(from), await lstatOrNothing(to)];
  if (source.isDirectory()) {
    if (target?.isDirectory()) return merge(from, to, root);
    // Some tools write `lib/x` where an earlier layer has made `lib` a link to `usr/lib`.
    const linked = target?.isSymbolicLink() ? await folderBehind(to, root) : undefined;
    if (linked !== undefined) return merge(from, linked, root);
  }
  if (target) await removeTree(to);
  if (!source.isDirectory()) return rename(from, to);
  await mkdir(to);
  return merge(from, to, root);
}

/** @returns the folder that a link leads to, if that is in the root file system. */
async function folderBehind(link: string, root: string): Promise<string | undefined> {
  const target = await readlink(link);
  const path = await realpath(isAbsolute(target) ? join(root, target) : join(dirname(link), target)).catch(() => '');
  if (!path.startsWith(root + sep)) return undefined;
  return (await lstat(path)).isDirectory() ? path : undefined;
}

const lstatOrNothing = (path: string): Promise<Stats | undefined> =>
  lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
