import { closeSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '../context.ts';
import { takeAway } from './files.ts';

/** Milliseconds after which a lock that is still the same belongs to a process that has died: the work under it takes a fraction of one. */
const DEAD = 1000;
/** Milliseconds of the longest first and of the longest later pause between two tries: a crowd that tries all the time keeps the holder from its work. */
const FIRST_PAUSE = 20;
const LONGEST_PAUSE = 250;
/** About four seconds: a dead process's lock is taken over by then. */
const TRIES = 40;

interface LockPorts {
  readonly clock: Clock;
  /** A number from 0 to 1. */
  readonly random: () => number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Does a piece of work that no other process does at the same time, with files next to `file`. The work is synchronous: nothing else of this
 * process runs in between, so the lock is held for as long as a few calls of the file system take. Of processes that see a dead one's lock at
 * the same moment two could come in; so the work must be such that this costs little.
 * @throws the signal's reason when it comes while the lock is waited for.
 * @returns undefined when the lock cannot be had: the folder cannot be used, or others are in front for seconds.
 */
export async function withShortLock<T>(
  file: string,
  { clock, random, signal }: LockPorts,
  work: () => T,
): Promise<T | undefined> {
  const lock = `${file}.lock`;
  let seen: { readonly id: string; readonly since: number } | undefined;
  for (let tried = 0; tried < TRIES; tried++) {
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 1.5 ** tried);
    const state = acquire(lock);
    if (state === 'unusable') return undefined;
    if (state === 'acquired') {
      const own = identity(lock);
      try {
        return work();
      } finally {
        // Others take it for a dead process's when this one got no processor time for long: then it is theirs.
        if (identity(lock) === own) rmSync(lock, { force: true });
      }
    }
    const id = identity(lock);
    if (id === undefined || id !== seen?.id) seen = id === undefined ? undefined : { id, since: clock.now() };
    // By one's own watch: clocks of hosts and file servers differ.
    else if (clock.now() - seen.since >= DEAD) takeAway(lock);
    await clock.sleep(1 + random() * pause, signal);
  }
  return undefined;
}

function acquire(lock: string, isSecond = false): 'acquired' | 'held' | 'unusable' {
  try {
    closeSync(openSync(lock, 'wx', 0o600));
    return 'acquired';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return 'held';
    return code === 'ENOENT' && !isSecond && makeFolder(dirname(lock)) ? acquire(lock, true) : 'unusable';
  }
}

function makeFolder(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return true;
  } catch {
    return false;
  }
}

/** @returns undefined when there is no lock any more. */
function identity(lock: string): string | undefined {
  const stats = statSync(lock, { bigint: true, throwIfNoEntry: false });
  return stats && `${stats.ino} ${stats.mtimeNs}`;
}
