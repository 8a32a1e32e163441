import { fineClock } from './fine-clock.ts';
import type { RunScript } from './programs.ts';

const LINES = 60;
/** Far enough apart that no two of them are gathered. bash tells the time by itself: no program has to start before a line is written. */
const SCRIPT = `for i in $(seq ${LINES}); do echo "$EPOCHREALTIME"; sleep 0.02; done\n`;

/** Each line carries its own time; what the script's clock and ours are apart is nothing, on one machine. @returns milliseconds, one per line. */
export async function lineDelays(run: RunScript): Promise<readonly number[]> {
  const clock = fineClock();
  const found: number[] = [];
  await run(SCRIPT, (chunk) => found.push(...delaysIn(chunk.toString(), clock())));
  if (found.length !== LINES) throw new Error(`${found.length} lines of ${LINES} have told their time`);
  return found;
}

/** @param at when the text came, in milliseconds since the epoch. Its lines are seconds since the epoch, with six decimals. */
export const delaysIn = (text: string, at: number): readonly number[] =>
  [...text.matchAll(/^(\d+)[.,](\d{6})$/gm)].map(
    ([, seconds, micros]) => at - Number(seconds) * 1000 - Number(micros) / 1000,
  );
