import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerChannel } from 'ssh2';
import { Refusal } from './requests.ts';
import type { Run, RunEnd } from './run.ts';

const CHUNK = 256 * 1024;
/** Milliseconds for which dense output is gathered; a chunk that is full goes at once. */
const GATHER = 10;

/**
 * Sends a run's log from an offset as it grows.
 * @returns the run's end once all of it went out; undefined when the follower is gone.
 * @throws Refusal
 */
export async function sendLog(run: Run, offset: number, channel: ServerChannel): Promise<RunEnd | undefined> {
  if (offset > run.size) throw new Refusal('bad-offset', `the log has ${run.size} bytes, not ${offset}`);
  let gone = false;
  const closed = new Promise<void>((resolve) => {
    channel.once('close', () => {
      gone = true;
      resolve();
    });
  });
  const file = await open(run.logFile, 'r');
  try {
    const buffer = Buffer.allocUnsafe(CHUNK);
    let lastSent = 0;
    while (!gone) {
      const available = run.size - offset;
      if (available === 0) {
        if (run.end !== undefined) return run.end;
        await Promise.race([run.changed(), closed]);
        continue;
      }
      const wait = lastSent + GATHER - performance.now();
      if (available < CHUNK && run.end === undefined && wait > 0) await sleep(wait);
      const { bytesRead } = await file.read(buffer, 0, Math.min(CHUNK, run.size - offset), offset);
      offset += bytesRead;
      lastSent = performance.now();
      const taken = channel.write(Buffer.from(buffer.subarray(0, bytesRead)));
      // The follower's own pace: nothing is gathered for it in memory, and nobody else waits.
      if (!taken) await Promise.race([new Promise<void>((resolve) => channel.once('drain', () => resolve())), closed]);
    }
    return undefined;
  } finally {
    await file.close();
  }
}
