import { lstat, readFile, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { ContainerSpec } from '../../machine.ts';

export interface ContainerUser {
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** Name or number, and the other fields of a line of passwd or group. */
interface Entry {
  readonly name: string;
  readonly id: number;
  readonly fields: readonly string[];
}

/**
 * Whom a container runs as: the create call's user, else the image's, which may be a name. A user without an entry in passwd is in group 0 and at home
 * in `/`, as container runtimes have it.
 * @param imageUser `user`, `uid`, `user:group` or `uid:gid`; empty is root.
 * @throws Error when the image has no such user or group.
 */
export async function containerUser(
  { runAsUser, runAsGroup }: Pick<ContainerSpec, 'runAsUser' | 'runAsGroup'>,
  imageUser: string,
  rootfs: string,
): Promise<ContainerUser> {
  const [user = '', group = ''] = runAsUser === undefined ? imageUser.split(':') : [String(runAsUser)];
  const entry = find(await entries(rootfs, 'passwd'), user || '0');
  const uid = entry?.id ?? numeric(user || '0');
  if (uid === undefined) throw new Error(`unable to find user ${user}: no matching entries in passwd file`);
  const home = entry?.fields[5] || '/';
  if (runAsGroup !== undefined) return { uid, gid: runAsGroup, home };
  if (group === '') return { uid, gid: numeric(entry?.fields[3] ?? '') ?? 0, home };
  const gid = find(await entries(rootfs, 'group'), group)?.id ?? numeric(group);
  if (gid === undefined) throw new Error(`unable to find group ${group}: no matching entries in group file`);
  return { uid, gid, home };
}

const numeric = (text: string): number | undefined => (/^\d+$/.test(text) ? Number(text) : undefined);

const find = (all: readonly Entry[], wanted: string): Entry | undefined =>
  all.find(({ name, id }) => name === wanted || id === numeric(wanted));

/** Of the image's own file; a link that leads out of the image is none. */
async function entries(rootfs: string, file: 'passwd' | 'group'): Promise<Entry[]> {
  const [root, path] = [await realpath(rootfs), await realpath(join(rootfs, 'etc', file)).catch(() => '')];
  if (!path.startsWith(root + sep) || !(await lstat(path)).isFile()) return [];
  return (await readFile(path, 'utf8')).split('\n').flatMap((line) => {
    const fields = line.split(':');
    const [name = '', , id = ''] = fields;
    return numeric(id) === undefined ? [] : [{ name, id: Number(id), fields }];
  });
}
