import { linkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { randomHex } from '../random.ts';
import { takeAway } from './files.ts';
import { readOursSync } from './private-files.ts';

/**
 * The file itself is the claim: of all processes that make it, the file system lets one succeed. Where it cannot be made at all, everybody does.
 * Synchronous, so that nothing of this process runs in between.
 * @param longest milliseconds after which the owner counts as dead.
 */
export function claim(file: string, now: number, longest: number): boolean {
  const made = make(file, now);
  if (made !== 'exists') return true;
  const since = claimedAt(file);
  // Of those who see a dead process's claim one can take it away.
  if (since !== undefined && (Math.abs(now - since) <= longest || !takeAway(file))) return false;
  return make(file, now) === 'made';
}

/** By the owner's clock; by the file's, where nothing can be read. @returns undefined when it is gone, or was not ours. */
function claimedAt(file: string): number | undefined {
  const text = textOf(file);
  return text === ''
    ? statSync(file, { throwIfNoEntry: false })?.mtimeMs
    : text === undefined
      ? undefined
      : Number(text);
}

/** @returns empty when its owner has not written it yet, or it cannot be read. */
function textOf(file: string): string | undefined {
  try {
    return readOursSync(file);
  } catch {
    return '';
  }
}

type Made = 'made' | 'exists' | 'failed';

/** With its content at once: whoever finds it knows since when it is. */
function make(file: string, now: number): Made {
  const temporary = `${file}.${randomHex(6)}`;
  const written = attempt(() => writeFileSync(temporary, String(now), { mode: 0o600 }));
  const linked = written === 'made' ? attempt(() => linkSync(temporary, file)) : written;
  attempt(() => rmSync(temporary, { force: true }));
  if (written !== 'made' || linked !== 'failed') return linked;
  // A file system without hard links: it is there without its content for a moment.
  return attempt(() => writeFileSync(file, String(now), { mode: 0o600, flag: 'wx' }));
}

function attempt(work: () => void): Made {
  try {
    work();
    return 'made';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EEXIST' ? 'exists' : 'failed';
  }
}

/** Of a claim, or of any other file that may be there. Never fails. */
export const remove = (file: string): Promise<void> => rm(file, { force: true }).catch(() => undefined);
