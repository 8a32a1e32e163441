import { createHash } from 'node:crypto';

const LINES = 12_400_000;

/** Prints 100 MB in which every byte has its place: bytes that were lost, doubled or exchanged show. */
export const LARGE_SCRIPT = `seq 1 ${LINES}`;

let known: { readonly hash: string; readonly bytes: number } | undefined;

function compute(): { readonly hash: string; readonly bytes: number } {
  const hash = createHash('md5');
  let bytes = 0;
  for (let line = 1; line <= LINES;) {
    const block: number[] = [];
    for (; block.length < 100_000 && line <= LINES; line++) block.push(line);
    const text = `${block.join('\n')}\n`;
    bytes += text.length;
    hash.update(text);
  }
  return { hash: hash.digest('hex'), bytes };
}

/** md5 of what {@link LARGE_SCRIPT} prints, made here and not there. */
export function largeHash(): string {
  known ??= compute();
  return known.hash;
}

/** `12400000` has eight digits, and so on down to one. */
export const LARGE_BYTES = [1, 2, 3, 4, 5, 6, 7, 8].reduce((sum, digits) => {
  const first = 10 ** (digits - 1);
  return sum + (Math.min(LINES, 10 ** digits - 1) - first + 1) * (digits + 1);
}, 0);
