import { chmod, mkdir } from 'node:fs/promises';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Bind, Launch } from './launch.ts';
import { makeMountPoint } from './mount-points.ts';

/** What the container gets beside the binds. */
const SYSTEM_MOUNTS = ['/proc', '/dev', '/sys'];

/**
 * Makes a container's layer and the places of its mounts.
 * @param folder of the container's own, which does not exist yet.
 * @throws Error with a sentence when something cannot be mounted where it should be.
 */
export async function prepareLaunch(folder: string, wanted: Omit<Launch, 'stage' | 'scratch'>): Promise<Launch> {
  const [stage, scratch] = [join(folder, 'stage'), join(folder, 'scratch')];
  const upper = join(scratch, 'upper');
  for (const each of [stage, upper, join(scratch, 'work')]) await mkdir(each, { recursive: true });
  // It counts for the root folder itself, whatever our umask.
  await chmod(upper, 0o755);
  const place = (path: string, kind: 'file' | 'folder') => makeMountPoint(wanted.rootfs, upper, path, kind);
  for (const path of SYSTEM_MOUNTS) await place(path, 'folder');
  const binds: Bind[] = [];
  for (const bind of wanted.binds) {
    if (!existsSync(bind.from)) throw new Error(`${bind.from} does not exist, and is to be mounted at ${bind.to}`);
    const to = await place(bind.to, statSync(bind.from).isDirectory() ? 'folder' : 'file');
    binds.push({ ...bind, to });
  }
  const isMounted = binds.some(({ to }) => `${wanted.workingDir}/`.startsWith(`${to}/`));
  if (!isMounted) await place(wanted.workingDir, 'folder');
  return { ...wanted, stage, scratch, binds };
}
