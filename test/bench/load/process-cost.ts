import { readdir, readFile, readlink } from 'node:fs/promises';

/** What one process holds at a moment. */
export interface ProcessCost {
  /** Proportional set size in MiB: what is shared with other processes counts by its share. */
  readonly memory: number;
  readonly files: number;
  /** Those of the files that are sockets. */
  readonly sockets: number;
  readonly threads: number;
}

/** In MiB. @returns undefined when the process is gone, or the system does not tell. */
export async function proportionalSetSize(pid: number): Promise<number | undefined> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  const kib = /^Pss:\s+(\d+) kB/m.exec(rollup)?.[1];
  return kib === undefined ? undefined : Number(kib) / 1024;
}

/** @returns undefined when the process is gone, or the system does not tell. */
export async function processCost(pid: number): Promise<ProcessCost | undefined> {
  const folder = `/proc/${pid}/fd`;
  const [memory, names, threads] = await Promise.all([
    proportionalSetSize(pid),
    readdir(folder).catch(() => []),
    readdir(`/proc/${pid}/task`).catch(() => []),
  ]);
  if (memory === undefined) return undefined;
  const targets = await Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => '')));
  const sockets = targets.filter((target) => target.startsWith('socket:')).length;
  return { memory, files: names.length, sockets, threads: threads.length };
}
