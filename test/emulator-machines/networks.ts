import { readdir, readlink } from 'node:fs/promises';

/** The network namespace of a process, as Linux names it; empty when there is no such process. */
export const networkOf = (pid: number): Promise<string> => readlink(`/proc/${pid}/ns/net`).catch(() => '');

/** Processes in a network namespace. */
export async function inNetwork(network: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry)).map(Number);
  const networks = await Promise.all(pids.map(networkOf));
  return pids.filter((_, index) => networks[index] === network);
}
