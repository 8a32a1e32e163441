import { randomInt } from 'node:crypto';

/**
 * One address per group, in 127.64.0.0/10: Linux answers on all of 127.0.0.0/8 without any set-up. Each emulator starts somewhere else, so that
 * several on one machine hardly ever meet.
 */
export class Addresses {
  private next = (64 << 16) | (randomInt(0, 1 << 14) << 8);

  take(): string {
    this.next++;
    const last = this.next & 255;
    // .0 and .255 look like a network and a broadcast address to some programs.
    if (last === 0 || last === 255) return this.take();
    return `127.${(this.next >> 16) & 255}.${(this.next >> 8) & 255}.${last}`;
  }
}
