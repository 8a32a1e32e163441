import type { Clock } from '../context.ts';
import { randomHex } from '../random.ts';
import { type AgentSession, type ChannelEnd, ConnectionFailed } from '../ssh/agent-session.ts';
import { BoundedOutput } from '../ssh/bounded-output.ts';
import { SHELLS } from './shells.ts';

/** Seconds. */
const KILL_AFTER = 1;
/** Milliseconds: such a script has nothing to wait for. */
const LONGEST = 20_000;

/** How a script of our own ended. Messages are for people; those of the agent say which shells there are, or what failed. */
export type ShortEnd =
  | { readonly kind: 'exited'; readonly code: number; readonly output: string }
  | { readonly kind: 'no-shell'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string };

/**
 * Runs a script of a line or two in a container, as the job's scripts are run there, and ends it when it takes its time.
 * @throws ConnectionFailed when the connection breaks in between.
 */
export async function runShortScript(
  session: AgentSession,
  name: string,
  script: string,
  clock: Clock,
  shells = SHELLS,
): Promise<ShortEnd> {
  const output = new BoundedOutput();
  const sink = { bytes: (chunk: Uint8Array) => Promise.resolve(output.add(chunk)), started: () => undefined };
  const id = `${name}.${randomHex(6)}`;
  const ended = new AbortController();
  const running = session.run({ id, offset: 0, shells, killAfter: KILL_AFTER }, Buffer.from(script), sink);
  // Looked at only when it comes first.
  running.catch(() => undefined);
  const late = clock.sleep(LONGEST, ended.signal).then(
    () => 'late' as const,
    () => 'late' as const,
  );
  try {
    const end = await Promise.race([running, late]);
    if (end !== 'late') return told(end, output);
    // Best effort: the session is closed next, and the group's deadline ends what is left.
    void session.kill(id, 'TERM').catch(() => undefined);
    return { kind: 'failed', message: `it did not end within ${LONGEST / 1000} s` };
  } finally {
    ended.abort();
  }
}

function told(end: ChannelEnd, output: BoundedOutput): ShortEnd {
  switch (end.kind) {
    case 'exited':
      return { kind: 'exited', code: end.code, output: output.text() };
    case 'signalled':
      return { kind: 'failed', message: `it was killed by ${end.signal}${end.oom ? ' (out of memory)' : ''}` };
    case 'refused':
      return { kind: end.error === 'no-shell' ? 'no-shell' : 'failed', message: end.message };
    case 'interrupted':
    case 'cut':
      throw new ConnectionFailed('the connection was closed');
  }
}
