import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { claim, remove } from './claim.ts';
import { dropOld, fileName, readJson, writeAtomically } from './files.ts';

/** A door that was found closed: why, and when it may be tried again. Times in milliseconds since the epoch. */
const ClosedSchema = z.object({ say: z.string(), since: z.number(), until: z.number() });
type Closed = z.infer<typeof ClosedSchema>;

/**
 * What a job may do at a door. `closed`: leave it; another job of this host was refused lately, or is trying at this moment. `asked`: nothing is
 * known of it, and another job will know in a moment.
 */
export type Knock = { readonly kind: 'open' | 'asked' } | { readonly kind: 'closed'; readonly closed: Closed };

/** What the jobs of one host tell one another about stock. A door is one vSwitch, type and price policy. */
export interface ZoneMemory {
  /** A door whose time is over is open to the first job that asks, and closed to the others until that one has told what it found. */
  knock(door: string, now: number): Promise<Knock>;
  /** ECI has taken a create call: whether the group gets its place is not known yet, but the next job need not wait for that. */
  taken(door: string, now: number): Promise<void>;
  /** Refused, at this moment. */
  close(door: string, say: string, now: number): Promise<void>;
  /** Found open, or nothing learned: `learned` false leaves what is known. */
  release(door: string, learned: boolean, now: number): Promise<void>;
}

interface MemoryLimits {
  /** Milliseconds for which a door is left alone. */
  readonly lasts: number;
  /** Milliseconds after which a job that wanted to try a door again counts as dead: longer than its create call and the wait after it take. */
  readonly longestProbe: number;
}

/** Milliseconds within which a create call has its answer, mostly. */
const ANSWER = 5000;

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
  const opened = (door: string): string => `${file(door)}.open`;
  const isOpen = async (door: string, now: number): Promise<boolean> => {
    const at = await readJson(opened(door));
    return typeof at === 'number' && Math.abs(now - at) <= lasts;
  };
  const open = async (door: string, now: number): Promise<void> => {
    if (lasts > 0) await writeAtomically(opened(door), JSON.stringify(now)).catch(() => undefined);
  };
  return {
    async knock(door, now) {
      if (lasts === 0) return { kind: 'open' };
      const closed = await read(file(door));
      if (!closed || closed.until - now > lasts) {
        if (await isOpen(door, now)) return { kind: 'open' };
        await mkdir(folder, { recursive: true, mode: 0o700 }).catch(() => undefined);
        return { kind: claim(probe(door), now, ANSWER) ? 'open' : 'asked' };
      }
      if (closed.until > now) return { kind: 'closed', closed };
      return claim(probe(door), now, longestProbe) ? { kind: 'open' } : { kind: 'closed', closed };
    },
    async taken(door, now) {
      // One that was closed is open when the group has its place: a call that is taken can end as ScheduleFailed.
      if (await read(file(door))) return;
      await open(door, now);
      await remove(probe(door));
    },
    async close(door, say, now) {
      if (lasts > 0) {
        const closed = { say, since: now, until: now + lasts };
        await writeAtomically(file(door), JSON.stringify(closed)).catch(() => undefined);
        await remove(opened(door));
        await dropOld(folder, now - KEPT);
      }
      await remove(probe(door));
    },
    async release(door, learned, now) {
      if (learned) {
        await remove(file(door));
        await open(door, now);
      }
      await remove(probe(door));
    },
  };
}

async function read(file: string): Promise<Closed | undefined> {
  const parsed = ClosedSchema.safeParse(await readJson(file));
  return parsed.success ? parsed.data : undefined;
}
