import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { Isolation } from './launch.ts';

/**
 * Arguments: the folder, its size in MiB. It is mounted in a namespace of the holder's own, and gone when the holder and all containers in it
 * have ended. The holder ends with its stdin, so it never outlives the emulator.
 */
const HOLD_SCRIPT = `set -e
mount -t tmpfs -o "mode=755,size=$2m" none "$1"
echo mounted
exec cat > /dev/null`;

/** The disk of one group: a folder of limited size, which only this process and the group's containers see. It is in memory. */
export class GroupDisk {
  private readonly holder: ChildProcessByStdio<Writable, Readable, Readable>;

  private constructor(holder: GroupDisk['holder']) {
    this.holder = holder;
  }

  /**
   * @param folder an empty one. @param size in MiB.
   * @throws Error with the system's words when it cannot be made.
   */
  static async make(folder: string, size: number, isolation: Isolation): Promise<GroupDisk> {
    const user = isolation === 'root' ? [] : ['--user', '--map-root-user'];
    const script = ['/bin/sh', '-c', HOLD_SCRIPT, 'disk', folder, String(size)];
    const holder = spawn('unshare', [...user, '--mount', '--propagation', 'private', ...script], {
      // Out of reach of a Ctrl-C at the emulator's terminal, as containers are.
      detached: true,
      env: { PATH: process.env.PATH },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let words = '';
    holder.stderr.setEncoding('utf8').on('data', (chunk: string) => (words += chunk));
    const ended = once(holder, 'close').then(() => {
      throw new Error(`the group's disk cannot be made: ${words.trim()}`);
    });
    await Promise.race([once(holder.stdout, 'data'), ended]);
    ended.catch(() => undefined);
    return new GroupDisk(holder);
  }

  /** Where this process sees what the containers have at a path. */
  seen(path: string): string {
    return `${this.root}${path}`;
  }

  /** The other way round; paths that are not on the disk are the same everywhere. */
  real(path: string): string {
    return path.startsWith(`${this.root}/`) ? path.slice(this.root.length) : path;
  }

  /** The words before a command that let it run where the disk is. It is root there, as far as the emulator is. */
  enter(isolation: Isolation): string[] {
    const user = isolation === 'root' ? [] : ['--user', '--preserve-credentials'];
    return ['nsenter', '--target', String(this.holder.pid), ...user, '--mount', '--'];
  }

  /** Resolves when this process sees it no more. */
  async close(): Promise<void> {
    if (this.holder.exitCode !== null || this.holder.signalCode !== null) return;
    const ended = once(this.holder, 'exit');
    this.holder.stdin.end();
    await ended;
  }

  private get root(): string {
    return `/proc/${this.holder.pid}/root`;
  }
}
