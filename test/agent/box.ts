import { execFileSync } from 'node:child_process';

/** The folders of one container, as its volumes would be mounted. */
export interface AgentFolders {
  /** Where `install` has put the program. */
  readonly agent: string;
  readonly keys: string;
  readonly run: string;
}

/**
 * A container by bubblewrap: the agent is PID 1, its user is 1000 and nobody has a passwd entry, its root is read-only apart from the run volume,
 * and there is nothing in it but the machine's programs. Its network is the machine's.
 */
export interface Box {
  readonly proc: boolean;
  readonly dev: boolean;
  /** Bytes of the run volume, if it is to be small. */
  readonly runVolume?: number;
}

const PROGRAMS = ['/usr', '/bin', '/lib', '/lib64'];
const USER = '1000';

/** @returns the command that runs another one in such a box. bwrap tells the pid of PID 1 on descriptor 3. */
export function boxed(command: readonly string[], box: Box, folders: AgentFolders): string[] {
  const readOnly = (path: string): string[] => ['--ro-bind', path, path];
  return [
    'bwrap',
    ...['--info-fd', '3', '--die-with-parent', '--as-pid-1', '--unshare-user', '--unshare-pid', '--unshare-ipc'],
    ...['--uid', USER, '--gid', USER],
    ...PROGRAMS.flatMap((path) => ['--ro-bind-try', path, path]),
    ...[folders.agent, folders.keys].flatMap(readOnly),
    ...(box.runVolume === undefined
      ? ['--bind', folders.run, folders.run]
      : ['--size', String(box.runVolume), '--tmpfs', folders.run]),
    ...(box.proc ? ['--proc', '/proc'] : []),
    ...(box.dev ? ['--dev', '/dev'] : []),
    ...['--remount-ro', '/', '--'],
    ...command,
  ];
}

/** Why there can be no boxes here, if there can be none. */
export function noBoxes(): string | undefined {
  const nowhere = { agent: '/usr', keys: '/usr', run: '/usr' };
  try {
    const [program = '', ...args] = boxed(['/bin/true'], { proc: true, dev: true, runVolume: 4096 }, nowhere);
    execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe', 'pipe'] });
    return undefined;
  } catch (error) {
    return `needs bubblewrap and user namespaces (${(error as Error).message.split('\n').at(-2) ?? ''})`;
  }
}
