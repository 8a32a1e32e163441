import { lstat, mkdir, readlink, rmdir, stat, symlink, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { removeTree } from './remove-tree.ts';

/**
 * Mount paths that are real folders, shared by all groups of one emulator: where `builds_dir` names no attempt, two groups have the same one. What the
 * emulator has made goes with the last group that uses it.
 */
export class RealMounts {
  private readonly users = new Map<string, number>();
  /** Made by us, folders on the way included. */
  private readonly made = new Set<string>();

  async take(path: string): Promise<void> {
    this.count(path);
    await this.make(path);
  }

  /**
   * A folder that is elsewhere, and stays when the last group has gone.
   * @throws Error when it does not exist, or something else is at the path.
   */
  async takeElsewhere(path: string, folder: string): Promise<void> {
    this.count(path);
    if (!(await stat(folder).catch(() => undefined))?.isDirectory()) {
      throw new Error(`${folder} does not exist, and is to be mounted at ${path}`);
    }
    await this.make(dirname(path));
    try {
      await symlink(folder, path);
      this.made.add(path);
    } catch (error) {
      if ((await readlink(path).catch(() => undefined)) === folder) return;
      throw new Error(`there is something else at ${path}, where ${folder} is to be mounted`, { cause: error });
    }
  }

  async release(path: string): Promise<void> {
    const users = (this.users.get(path) ?? 1) - 1;
    this.users.set(path, users);
    if (users > 0) return;
    this.users.delete(path);
    if (!this.made.delete(path)) return;
    if ((await lstat(path).catch(() => undefined))?.isSymbolicLink()) await unlink(path);
    else await removeTree(path);
    for (let each = dirname(path); this.made.has(each); each = dirname(each)) {
      // Not empty: another group has its folder there, or somebody's files are.
      if (
        !(await rmdir(each).then(
          () => true,
          () => false,
        ))
      )
        return;
      this.made.delete(each);
    }
  }

  private count(path: string): void {
    this.users.set(path, (this.users.get(path) ?? 0) + 1);
  }

  private async make(path: string): Promise<void> {
    const topmost = await mkdir(path, { recursive: true });
    if (topmost === undefined) return;
    for (let each = path; each.length >= topmost.length; each = dirname(each)) this.made.add(each);
  }
}
