import { readdir, readFile, readlink } from 'node:fs/promises';

/** What one process holds at a moment. */
export interface ProcessCost {
  /** Proportional set size in MiB: what is shared with other processes counts by its share. */
  readonly memory: number;
  /** What stands in no file and belongs to nobody else, in MiB: that part of its memory which other processes do not change. */
  readonly own: number;
  readonly files: number;
  /** Those of the files that are sockets, but for the standard streams: who starts the process chooses what these are. */
  readonly sockets: number;
  readonly threads: number;
}

/** In MiB. @returns undefined when the process is gone, or the system does not tell. */
export const proportionalSetSize = async (pid: number): Promise<number | undefined> =>
  sizeIn('Pss', await mappings(pid));

const mappings = (pid: number): Promise<string> => readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');

function sizeIn(name: 'Pss' | 'Anonymous', rollup: string): number | undefined {
  const kib = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1];
  return kib === undefined ? undefined : Number(kib) / 1024;
}

/** @returns undefined when the process is gone, or the system does not tell. */
export async function processCost(pid: number): Promise<ProcessCost | undefined> {
  const folder = `/proc/${pid}/fd`;
  const [rollup, names, threads] = await Promise.all([
    mappings(pid),
    readdir(folder).catch(() => []),
    readdir(`/proc/${pid}/task`).catch(() => []),
  ]);
  const [memory, own] = [sizeIn('Pss', rollup), sizeIn('Anonymous', rollup)];
  if (memory === undefined || own === undefined) return undefined;
  const opened = names.filter((name) => Number(name) > 2);
  const targets = await Promise.all(opened.map((name) => readlink(`${folder}/${name}`).catch(() => '')));
  const sockets = targets.filter((target) => target.startsWith('socket:')).length;
  return { memory, own, files: names.length, sockets, threads: threads.length };
}
