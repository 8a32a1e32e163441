import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { randomHex } from '../random.ts';
import { dropOld, fileName, readJson, writeAtomically } from './files.ts';

/** A door that was found closed: why, and when it may be tried again. Times in milliseconds since the epoch. */
const ClosedSchema = z.object({ say: z.string(), since: z.number(), until: z.number() });
export type Closed = z.infer<typeof ClosedSchema>;

/** What a job may do at a door. `closed`: leave it; another job of this host was refused lately, or is trying at this moment. */
export type Knock = { readonly kind: 'open' } | { readonly kind: 'closed'; readonly closed: Closed };

/** What the jobs of one host tell one another about stock. A door is one vSwitch, type and price policy. */
export interface ZoneMemory {
  /** A door whose time is over is open to the first job that asks, and closed to the others until that one has told what it found. */
  knock(door: string, now: number): Promise<Knock>;
  /** Refused, at this moment. */
  close(door: string, say: string, now: number): Promise<void>;
  /** Found open, or nothing learned: `learned` false leaves what is known. */
  release(door: string, learned: boolean): Promise<void>;
}

export interface MemoryLimits {
  /** Milliseconds for which a door is left alone. */
  readonly lasts: number;
  /** Milliseconds after which a job that wanted to try a door again counts as dead: longer than its create call and the wait after it take. */
  readonly longestProbe: number;
}

/** Milliseconds after which a file that nobody has touched is of no use: of a price limit or a type that no job asks for any more. */
const KEPT = 24 * 3_600_000;

/**
 * Files in the state folder, one a door. Nothing depends on them: whatever cannot be read, written or understood counts as an open door, and
 * so does what a clock that was set back left in the future.
 * @param stateDir its folder `doors` is made when it is needed.
 */
export function zoneMemory(stateDir: string, { lasts, longestProbe }: MemoryLimits): ZoneMemory {
  const folder = join(stateDir, 'doors');
  const file = (door: string): string => join(folder, `${fileName(door)}.json`);
  const probe = (door: string): string => `${file(door)}.probe`;
  return {
    async knock(door, now) {
      const closed = lasts > 0 ? await read(file(door)) : undefined;
      if (!closed || closed.until - now > lasts) return { kind: 'open' };
      if (closed.until > now) return { kind: 'closed', closed };
      return (await claim(probe(door), now, longestProbe)) ? { kind: 'open' } : { kind: 'closed', closed };
    },
    async close(door, say, now) {
      if (lasts > 0) {
        const closed = { say, since: now, until: now + lasts };
        await writeAtomically(file(door), JSON.stringify(closed)).catch(() => undefined);
        await dropOld(folder, now - KEPT);
      }
      await remove(probe(door));
    },
    async release(door, learned) {
      if (learned) await remove(file(door));
      await remove(probe(door));
    },
  };
}

async function read(file: string): Promise<Closed | undefined> {
  const parsed = ClosedSchema.safeParse(await readJson(file));
  return parsed.success ? parsed.data : undefined;
}

/** The file itself is the claim: of all jobs that make it, the file system lets one succeed. */
async function claim(file: string, now: number, longest: number): Promise<boolean> {
  const made = await make(file, now);
  if (made !== 'exists') return true;
  const claimedAt = Number(await readFile(file, 'utf8').catch(() => String(now)));
  // An empty file is one that its owner is about to write.
  if (claimedAt === 0 || Math.abs(now - claimedAt) <= longest) return false;
  // Only one of those who see a dead job's claim can move it away.
  const moved = `${file}.${randomHex(6)}`;
  const mine = await rename(file, moved).then(
    () => true,
    () => false,
  );
  if (!mine) return false;
  await remove(moved);
  return (await make(file, now)) === 'made';
}

async function make(file: string, now: number): Promise<'made' | 'exists' | 'failed'> {
  try {
    const handle = await open(file, 'wx', 0o600);
    await handle.writeFile(String(now)).finally(() => handle.close());
    return 'made';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EEXIST' ? 'exists' : 'failed';
  }
}

const remove = (file: string): Promise<void> => rm(file, { force: true }).catch(() => undefined);
