import type { Readable } from 'node:stream';
import type { AnswerChannel } from './answer-channel.ts';
import type { ExecRequest } from './requests.ts';
import { type ScriptPlace, startIn } from './script-place.ts';
import { timerFor } from './seconds.ts';
import { within } from './within.ts';

/** Statuses that have their meaning from `timeout` and from shells. */
const TIMED_OUT = 124;
const CANNOT_START = 127;

/**
 * Runs a program for a check. It is over when the program has ended and its output was read to the end; whatever of it is left at the timeout, or when
 * the client goes, is killed.
 */
export async function execute(request: ExecRequest, channel: AnswerChannel, place: ScriptPlace): Promise<void> {
  const { argv, timeout, path_prefix: pathPrefix } = request;
  const child = await startIn(place, { argv, pathPrefix, stdio: ['ignore', 'pipe', 'pipe'] }).catch(
    (error: unknown) => error as Error,
  );
  if (child instanceof Error) {
    await channel.message(`${argv[0]}: ${child.message}\n`);
    return channel.end(CANNOT_START);
  }
  const group = place.groups.add(child.pid);
  const kill = (): void => void group.signal('SIGKILL');
  channel.onGone(kill);
  let status: number | string = TIMED_OUT;
  const exited = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      status = code ?? signal?.slice(3) ?? TIMED_OUT;
      resolve();
    });
  });
  const { stdout, stderr } = child;
  const sent = Promise.all([
    exited,
    stdout && pump(stdout, (chunk) => channel.send(chunk)),
    stderr && pump(stderr, (chunk) => channel.message(chunk)),
  ]);
  if (channel.isGone) kill();
  const inTime = await within(timerFor(timeout), sent);
  const outcome = status;
  kill();
  // What has made a session of its own escapes the KILL and may hold the streams for ever.
  if (!inTime) for (const stream of [stdout, stderr]) stream?.destroy();
  channel.end(outcome);
}

async function pump(from: Readable, send: (chunk: Buffer) => Promise<void>): Promise<void> {
  for await (const chunk of from as AsyncIterable<Buffer>) await send(chunk);
}
