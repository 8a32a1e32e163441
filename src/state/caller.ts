import { readFile, readlink } from 'node:fs/promises';

/**
 * Which runner process a job belongs to, exact enough to be told apart from every other one on any host at any time. Between stages
 * no process of ours runs, so this is how a later one knows whether the job can still be alive.
 */
export interface Caller {
  readonly bootId: string;
  readonly pidNamespace: string;
  readonly mountNamespace: string;
  readonly pid: number;
  /** In clock ticks since boot: a pid that was given to another process has another one. */
  readonly startTime: string;
}

/** One word for a tag: same runner process, same word, in every process of ours. */
export const instanceId = (caller: Caller): string =>
  [caller.bootId.slice(0, 8), caller.pidNamespace, caller.pid, caller.startTime].join('.');

/** Reads what `/proc` tells of a process; where it tells nothing (not Linux, hidden), the field is `unknown` and nobody can judge. */
export async function readCaller(pid: number): Promise<Caller> {
  const [bootId, pidNamespace, mountNamespace, stat] = await Promise.all([
    orUnknown(readFile('/proc/sys/kernel/random/boot_id', 'utf8')),
    orUnknown(readlink(`/proc/${pid}/ns/pid`)),
    orUnknown(readlink(`/proc/${pid}/ns/mnt`)),
    orUnknown(readFile(`/proc/${pid}/stat`, 'utf8')),
  ]);
  return {
    bootId: bootId.trim(),
    pidNamespace: inode(pidNamespace),
    mountNamespace: inode(mountNamespace),
    pid,
    startTime: startTimeOf(stat),
  };
}

const orUnknown = (text: Promise<string>): Promise<string> => text.catch(() => 'unknown');

/** `pid:[4026531836]` to its number. */
const inode = (link: string): string => /\[(\d+)\]/.exec(link)?.[1] ?? 'unknown';

/** Field 22 of `/proc/PID/stat` (proc(5)); the command name in field 2 may hold blanks and brackets, so count from its end. */
const startTimeOf = (stat: string): string => stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? 'unknown';
