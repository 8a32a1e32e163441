const NETWORK = (127 << 24) | (64 << 16);
const HOSTS = 1 << 22;
/** Blocks of 256 addresses; processes with neighbouring numbers start far from one another. */
const BLOCKS = HOSTS >> 8;
const STRIDE = 4093;

/**
 * One address per group, in 127.64.0.0/10: Linux answers on all of 127.0.0.0/8 without any set-up. The emulators of one process share the
 * counter, and those of other processes start at another block: two groups at one address would answer for one another.
 */
let last = ((process.pid * STRIDE) % BLOCKS) << 8;

export function takeAddress(): string {
  last = (last + 1) % HOSTS;
  const byte = last & 255;
  // .0 and .255 look like a network and a broadcast address to some programs.
  if (byte === 0 || byte === 255) return takeAddress();
  const address = NETWORK | last;
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
}
