import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Looks at the list of processes; one that multiplies faster is no build tool's daemon. */
const LOOKS = 5;

/**
 * Ends what has left its process group: daemons of build tools make a session of their own and would outlive their group. Linux shows the
 * environment of a user's processes, and the mark of the group is in the one of all its scripts. Elsewhere such processes stay.
 * @param mark name of the environment variable that has the group's own value.
 */
export async function killEscaped(mark: string, value: string): Promise<void> {
  for (let look = 0; look < LOOKS; look++) {
    const found = await marked(`${mark}=${value}`);
    if (found.length === 0) return;
    for (const pid of found) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended in between.
      }
    }
  }
}

async function marked(entryOfEnvironment: string): Promise<number[]> {
  const entries = await readdir('/proc').catch(() => []);
  const found = await Promise.all(
    entries.map(async (entry) => {
      if (!/^\d+$/.test(entry)) return [];
      const environment = await readFile(join('/proc', entry, 'environ'), 'utf8').catch(() => '');
      return environment.split('\0').includes(entryOfEnvironment) ? [Number(entry)] : [];
    }),
  );
  return found.flat();
}
