import { open, readFile, rm, stat } from 'node:fs/promises';
import { takeAway } from './files.ts';
import { isOurs } from './private-files.ts';

/**
 * The file itself is the claim: of all processes that make it, the file system lets one succeed. Where it cannot be made at all, everybody does.
 * @param longest milliseconds after which the owner counts as dead.
 */
export async function claim(file: string, now: number, longest: number): Promise<boolean> {
  const made = await make(file, now);
  if (made !== 'exists') return true;
  const claimedAt = (await isOurs(file)) ? ((await writtenAt(file)) ?? now) : -Infinity;
  if (Math.abs(now - claimedAt) <= longest) return false;
  // Only one of those who see a dead process's claim can take it away.
  return takeAway(file) && (await make(file, now)) === 'made';
}

/** By the owner's clock; by the file's, where the owner is about to write it, or died before. @returns undefined when it is gone. */
async function writtenAt(file: string): Promise<number | undefined> {
  const [written, made] = await Promise.all([
    readFile(file, 'utf8').catch(() => ''),
    stat(file).then(
      ({ mtimeMs }) => mtimeMs,
      () => undefined,
    ),
  ]);
  return written === '' ? made : Number(written);
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

/** Of a claim, or of any other file that may be there. Never fails. */
export const remove = (file: string): Promise<void> => rm(file, { force: true }).catch(() => undefined);
