import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { randomHex } from '../random.ts';
import { createAtomically } from './files.ts';
import { requirePrivate } from './private-files.ts';
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
  await requirePrivate(stateDir, file);
  const known = await readSeed(file);
  if (known !== undefined) return known;
  const seed = randomHex(8);
  // Several jobs may be the first at the same time: the file is what counts.
  await createAtomically(file, seed).catch(() => undefined);
  const made = await readSeed(file);
  if (made !== undefined) return made;
  // It is damaged, or cannot be made so.
  await save(file, seed, stateDir);
  return (await readSeed(file)) ?? seed;
}

const readSeed = async (file: string): Promise<string | undefined> =>
  /^[0-9a-f]{16}$/.exec(await readFile(file, 'utf8').catch(() => ''))?.[0];

/** A container has its own name, and mostly no machine id (man 5 machine-id). */
const ownName = async (): Promise<string> =>
  `${hostname()} ${(await readFile('/etc/machine-id', 'utf8').catch(() => '')).trim()}`;
