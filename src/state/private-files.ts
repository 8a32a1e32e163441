import { stat } from 'node:fs/promises';
import { DriverError } from '../driver-error.ts';

/** Bits of a mode that let the group and all others write. */
const WRITABLE_BY_OTHERS = 0o022;
const ROOT = 0;

/**
 * Refuses what others could have written, as SSH does with keys (sshd_config: StrictModes). Whoever can write a record says where a script
 * with its secrets is sent to, and who is asked to sign for it. What is not there can be made, and is fine.
 * @throws DriverError (operator) for the first path that others can write, or that belongs to another user than us and root.
 */
export async function requirePrivate(...paths: readonly string[]): Promise<void> {
  const [self, ...found] = await Promise.all(['/proc/self', ...paths].map((path) => stat(path).catch(() => undefined)));
  found.forEach((each, index) => {
    const path = paths[index] ?? '';
    if (each === undefined) return;
    const { uid, mode } = each;
    if ((mode & WRITABLE_BY_OTHERS) !== 0) {
      throw refused(
        path,
        `others than its owner can write it (mode ${(mode & 0o7777).toString(8).padStart(4, '0')})`,
        `take their right away: chmod go-w ${path}`,
      );
    }
    // Where nothing tells who we are, the mode has to do.
    if (self !== undefined && uid !== self.uid && uid !== ROOT) {
      throw refused(
        path,
        `it belongs to another user (${uid}; this is ${self.uid})`,
        `call the driver as that user, or give it to the one of GitLab Runner: chown -R USER ${path}`,
      );
    }
  });
}

const refused = (path: string, why: string, remedy: string): DriverError =>
  new DriverError('operator', `${path}, which belongs to the state, is not used: ${why}.`, {
    hint: `What is in there decides where jobs run and who gets their secrets. See that nobody has changed it, and ${remedy}`,
  });
