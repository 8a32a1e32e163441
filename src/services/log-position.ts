import { createHash } from 'node:crypto';

/** How far a service's log has been shown. Each stage of a job is a process of its own: this is what one tells the next, without the text. */
export interface LogPosition {
  /** Lines that the last answer had. */
  readonly count: number;
  /** Hashes of the last of them. */
  readonly tail: readonly string[];
}

const TAIL_LENGTH = 20;
const HASH_LENGTH = 16;

export const LOG_START: LogPosition = { count: 0, tail: [] };

/**
 * The lines that were not shown yet. ECI gives the last lines of a log: as long as it gives all of them, a line stays where it was; later they
 * move up, and the last ones that were shown are looked for. Where they cannot be found, everything is new.
 */
export function newLines(
  lines: readonly string[],
  { count, tail }: LogPosition,
): { readonly fresh: readonly string[]; readonly position: LogPosition } {
  const hashes = lines.map(hash);
  const position = { count: lines.length, tail: hashes.slice(-TAIL_LENGTH) };
  // The last line that was shown may have grown since: then it is shown again, whole.
  for (const isGrown of [false, true]) {
    const known = isGrown ? tail.slice(0, -1) : tail;
    const from = Math.min(count - (isGrown ? 1 : 0), lines.length);
    for (let end = from; known.length > 0 && end >= known.length; end--) {
      if (known.every((each, index) => hashes[end - known.length + index] === each)) {
        return { fresh: lines.slice(end), position };
      }
    }
  }
  return { fresh: lines, position };
}

const hash = (line: string): string => createHash('sha256').update(line).digest('hex').slice(0, HASH_LENGTH);
