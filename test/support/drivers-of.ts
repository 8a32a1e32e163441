import { readdir, readFile } from 'node:fs/promises';
import type { World } from './world.ts';

/** Process ids of drivers that work with a world's settings. */
export async function driversOf({ settingsFile }: World): Promise<readonly number[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return pids.filter((_, index) => lines[index]?.includes(settingsFile)).map(Number);
}
