import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Looks at the list of processes; one that multiplies faster is no build tool's daemon. */
const LOOKS = 5;

/**
 * Ends what has left its process group: daemons of build tools make a session of their own and would outlive their group. Linux shows the
 * environment of a user's processes, and the group's home is in the one of all its scripts. Elsewhere such processes stay.
 */
export async function killEscaped(home: string): Promise<void> {
  for (let look = 0; look < LOOKS; look++) {
    const found = await withHome(home);
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

async function withHome(home: string): Promise<number[]> {
  const entries = await readdir('/proc').catch(() => []);
  const found = await Promise.all(
    entries.map(async (entry) => {
      if (!/^\d+$/.test(entry)) return [];
      const environment = await readFile(join('/proc', entry, 'environ'), 'utf8').catch(() => '');
      return environment.split('\0').includes(`HOME=${home}`) ? [Number(entry)] : [];
    }),
  );
  return found.flat();
}
