import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits for a promise, but no longer than the given time.
 * @returns true when it has settled in time; a rejection passes through.
 */
export async function settlesWithin(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const timer = new AbortController();
  const late = sleep(milliseconds, false, { signal: timer.signal }).catch(() => false);
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    timer.abort();
  }
}
