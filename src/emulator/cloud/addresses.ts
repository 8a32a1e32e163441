import { randomInt } from 'node:crypto';

const NETWORK = (127 << 24) | (64 << 16);
const HOSTS = 1 << 22;

/**
 * One address per group, in 127.64.0.0/10: Linux answers on all of 127.0.0.0/8 without any set-up. Each emulator starts somewhere else, so that
 * several on one machine hardly ever meet.
 */
export class Addresses {
  private last = randomInt(0, HOSTS >> 8) << 8;

  take(): string {
    this.last = (this.last + 1) % HOSTS;
    const byte = this.last & 255;
    // .0 and .255 look like a network and a broadcast address to some programs.
    if (byte === 0 || byte === 255) return this.take();
    const address = NETWORK | this.last;
    return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
  }
}
