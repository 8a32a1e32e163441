import { setTimeout as sleep } from 'node:timers/promises';

const LOOKS = 1500;
const PAUSE = 10;

/** Waits until something is true. @throws after a quarter of a minute and more, naming what did not come. */
export async function eventually(what: string, check: () => boolean | Promise<boolean>): Promise<void> {
  for (let look = 0; look < LOOKS; look++) {
    if (await check()) return;
    await sleep(PAUSE);
  }
  throw new Error(`waited in vain for ${what}`);
}
