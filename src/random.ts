import { closeSync, openSync, readSync } from 'node:fs';

/**
 * Random bytes of the system as hexadecimal digits, two a byte. They are those that `node:crypto` would give; loading that module takes a sixth
 * of the time in which a Node process starts, and a call of `config` has nothing else to do with it.
 */
export function randomHex(bytes: number): string {
  const buffer = Buffer.alloc(bytes);
  const file = openSync('/dev/urandom', 'r');
  try {
    // Never short for so few bytes (random(4)).
    readSync(file, buffer, 0, bytes, null);
    return buffer.toString('hex');
  } finally {
    closeSync(file);
  }
}
