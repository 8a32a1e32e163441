import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { randomHex } from '../random.ts';
import { save } from './state-folder.ts';

/**
 * An id of this host, the same as long as its state folder and its name are. A state folder alone is no host: it may be on a disk that several
 * hosts share, or in an image that many are started from, and each of them would take the others' jobs for its own of before a reboot. Losing the
 * id costs nothing but the collector's confidence about older groups.
 * @param name what tells hosts with one folder apart.
 * @throws DriverError (operator) when the state folder cannot be used.
 */
export async function hostId(stateDir: string, name?: string): Promise<string> {
  const [seed, host] = await Promise.all([seedOf(stateDir), name ?? ownName()]);
  return createHash('sha256').update(`${seed} ${host}`).digest('hex').slice(0, 16);
}

/** Made once, at random: names of hosts are no secret, and not unique in the world. */
async function seedOf(stateDir: string): Promise<string> {
  const file = join(stateDir, 'host-id');
  const known = await readFile(file, 'utf8').catch(() => '');
  if (/^[0-9a-f]{16}$/.test(known)) return known;
  await save(file, randomHex(8), stateDir);
  // Two jobs may have made one at the same time: the file is what counts.
  return readFile(file, 'utf8');
}

/** A container has its own name, and mostly no machine id (man 5 machine-id). */
const ownName = async (): Promise<string> =>
  `${hostname()} ${(await readFile('/etc/machine-id', 'utf8').catch(() => '')).trim()}`;
