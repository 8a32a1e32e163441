import { chmod, cp, mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerSpec } from '../machine.ts';
import { agentCommandOf } from './agent-command.ts';
import type { Folders } from './folders.ts';

const READABLE_BY_ALL = 0o444;

/**
 * What the agent's `install` does in a real init container, except that there is no program to copy: the machine plays the agent itself.
 * @param gitlabRunner linked as `gitlab-runner`, the name under which the runner's scripts call it.
 */
export async function install(container: ContainerSpec, folders: Folders, gitlabRunner?: string): Promise<void> {
  const command = agentCommandOf(container);
  if (command.kind !== 'install') throw new Error('an init container of a process machine runs "install"');
  for (const { from, to } of command.keys) {
    const target = folders.resolve(container, to);
    await cp(folders.resolve(container, from), target, { recursive: true });
    for (const file of await readdir(target)) await chmod(join(target, file), READABLE_BY_ALL);
  }
  const bin = join(folders.resolve(container, command.dest), 'bin');
  await mkdir(bin, { recursive: true });
  if (gitlabRunner !== undefined) await symlink(gitlabRunner, join(bin, 'gitlab-runner'));
}
