import { readFile, readlink } from 'node:fs/promises';

/** What a number of a process means something in. */
export interface Place {
  readonly bootId: string;
  readonly pidNamespace: string;
  readonly mountNamespace: string;
}

/**
 * Which runner process a job belongs to, exact enough to be told apart from every other one on any host at any time. Between stages
 * no process of ours runs, so this is how a later one knows whether the job can still be alive.
 */
export interface Caller extends Place {
  readonly pid: number;
  /** In clock ticks since boot: a pid that was given to another process has another one. */
  readonly startTime: string;
}

/** One word for a tag: same runner process, same word, in every process of ours. */
export const instanceId = ({ bootId, pidNamespace, mountNamespace, pid, startTime }: Caller): string =>
  [bootId.slice(0, BOOT_ID_IN_TAG), pidNamespace, mountNamespace, pid, startTime].join('.');

const BOOT_ID_IN_TAG = 8;

/** Two boot ids, either of them perhaps the beginning that stands in a tag. */
export const isSameBoot = (one: string, other: string): boolean =>
  one.slice(0, BOOT_ID_IN_TAG) === other.slice(0, BOOT_ID_IN_TAG);

/** @returns undefined for a text that `instanceId` has not made, or that another version of it has made. */
export function parseInstanceId(text: string): Caller | undefined {
  const [, bootId, pidNamespace, mountNamespace, pid, startTime] =
    /^([0-9a-f]{8}|unknown)\.(\d+|unknown)\.(\d+|unknown)\.(\d+)\.(\d+|unknown)$/.exec(text) ?? [];
  if (!bootId || !pidNamespace || !mountNamespace || !pid || !startTime) return undefined;
  return { bootId, pidNamespace, mountNamespace, pid: Number(pid), startTime };
}

/** Reads what `/proc` tells of a process; where it tells nothing (not Linux, hidden), the field is {@link UNKNOWN} and nobody can judge. */
export async function readCaller(pid: number): Promise<Caller> {
  const [place, stat] = await Promise.all([readPlace(pid), orUnknown(readFile(`/proc/${pid}/stat`, 'utf8'))]);
  return { ...place, pid, startTime: startTimeOf(stat) };
}

/** Where a process lives. */
export async function readPlace(pid: number | 'self'): Promise<Place> {
  const [bootId, pidNamespace, mountNamespace] = await Promise.all([
    orUnknown(readFile('/proc/sys/kernel/random/boot_id', 'utf8')),
    orUnknown(readlink(`/proc/${pid}/ns/pid`)),
    orUnknown(readlink(`/proc/${pid}/ns/mnt`)),
  ]);
  return { bootId: bootId.trim(), pidNamespace: inode(pidNamespace), mountNamespace: inode(mountNamespace) };
}

/** @returns the start time of the process that has a number now; undefined when there surely is none, {@link UNKNOWN} when that cannot be seen. */
export const presentStartTime = (pid: number): Promise<string | undefined> =>
  readFile(`/proc/${pid}/stat`, 'utf8').then(startTimeOf, ({ code }: NodeJS.ErrnoException) =>
    // The second is what the kernel says of one that ends while it is being looked at.
    code === 'ENOENT' || code === 'ESRCH' ? undefined : UNKNOWN,
  );

/** What could not be read, and what therefore nobody can judge. */
export const UNKNOWN = 'unknown';

const orUnknown = (text: Promise<string>): Promise<string> => text.catch(() => UNKNOWN);

/** `pid:[4026531836]` to its number. */
const inode = (link: string): string => /\[(\d+)\]/.exec(link)?.[1] ?? UNKNOWN;

/** Field 22 of `/proc/PID/stat` (proc(5)); the command name in field 2 may hold blanks and brackets, so count from its end. */
const startTimeOf = (stat: string): string => stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? UNKNOWN;
