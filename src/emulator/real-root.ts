import { readFileSync } from 'node:fs';

const EVERY_USER = 2 ** 32 - 1;

/** Root of the machine, who can give files to other users. Root of a user namespace cannot: it is the only user there. */
export const isRealRoot: boolean = process.getuid?.() === 0 && hasEveryUser();

/** man 7 user_namespaces: first id inside, first id outside, how many. */
function hasEveryUser(): boolean {
  try {
    const map = readFileSync('/proc/self/uid_map', 'utf8').trim().split(/\s+/).map(Number);
    return map.join(' ') === `0 0 ${EVERY_USER}`;
  } catch {
    // Other systems than Linux have no such thing.
    return true;
  }
}
