import type { FileHandle } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AnswerChannel } from './answer-channel.ts';
import { Bell } from './bell.ts';
import { Refusal } from './requests.ts';
import type { Run, RunEnd } from './run.ts';

const CHUNK = 256 * 1024;
/** Milliseconds for which dense output is gathered; a chunk that is full goes at once. */
const GATHER = 10;

/** Sends a run's log from an offset as it grows, and its end. Resolves when the client has taken it or has gone. @throws Refusal */
export async function follow(run: Run, attached: boolean, offset: number, channel: AnswerChannel): Promise<void> {
  if (offset > run.size) throw new Refusal('bad-offset', `the log has ${run.size} bytes, not ${offset}`);
  const log = await run.openLog();
  const bell = new Bell();
  run.watchers.add(bell.ring);
  channel.onGone(bell.ring);
  try {
    await channel.event({ event: 'started', attached, size: run.size });
    const end = await sendLog(run, log, offset, channel, bell);
    if (end === undefined) return;
    await channel.event({ event: 'end', ...end, size: run.size });
    channel.end(end.end === 'exited' ? end.code : end.end === 'signalled' ? end.signal : 255);
  } finally {
    run.watchers.delete(bell.ring);
    await log.close();
  }
  await channel.gone;
}

/** @returns undefined when the client has gone. */
async function sendLog(
  run: Run,
  log: FileHandle,
  offset: number,
  channel: AnswerChannel,
  bell: Bell,
): Promise<RunEnd | undefined> {
  let lastSent = 0;
  while (!channel.isGone) {
    const available = run.size - offset;
    if (available === 0) {
      if (run.outcome instanceof Refusal) throw run.outcome;
      if (run.outcome !== undefined) return run.outcome;
      await bell.rung();
      continue;
    }
    const wait = lastSent + GATHER - performance.now();
    if (available < CHUNK && run.outcome === undefined && wait > 0) await sleep(wait);
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK, run.size - offset));
    const { bytesRead } = await log.read(buffer, 0, buffer.length, offset);
    if (bytesRead === 0) throw new Refusal('failed', `the log ends at ${offset}, before its ${run.size} bytes`);
    offset += bytesRead;
    lastSent = performance.now();
    // The follower's own pace: nothing is gathered for it in memory, and nobody else waits.
    await channel.send(buffer.subarray(0, bytesRead));
  }
  return undefined;
}
