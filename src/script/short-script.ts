import { randomHex } from '../random.ts';
import { type AgentSession, ConnectionFailed } from '../ssh/agent-session.ts';
import { SHELLS } from './shells.ts';

/** Seconds. */
const KILL_AFTER = 5;

/** How a script of our own ended: with a code, or not at all because the container has no shell. `message` is the agent's. */
export type ShortEnd =
  | { readonly kind: 'exited'; readonly code: number; readonly output: string }
  | { readonly kind: 'no-shell'; readonly message: string };

/**
 * Runs a script of a line or two in a container, as the job's scripts are run there.
 * @throws ConnectionFailed when the connection breaks in between.
 */
export async function runShortScript(session: AgentSession, name: string, script: string): Promise<ShortEnd> {
  const chunks: Uint8Array[] = [];
  const sink = { bytes: (chunk: Uint8Array) => Promise.resolve(void chunks.push(chunk)), started: () => undefined };
  const request = { id: `${name}.${randomHex(6)}`, offset: 0, shells: SHELLS, killAfter: KILL_AFTER };
  const end = await session.run(request, Buffer.from(script), sink);
  switch (end.kind) {
    case 'exited':
      return { kind: 'exited', code: end.code, output: Buffer.concat(chunks).toString('utf8') };
    case 'refused':
      if (end.error === 'no-shell') return { kind: 'no-shell', message: end.message };
      throw new ConnectionFailed(`the agent refused a script (${end.error})`);
    case 'signalled':
    case 'interrupted':
    case 'cut':
      throw new ConnectionFailed('the connection was closed');
  }
}
