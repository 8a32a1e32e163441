import type { Clock } from '../context.ts';
import { type AgentSession, ConnectionFailed } from '../ssh/agent-session.ts';

/** Milliseconds after which a connection that does not answer is taken for a dead one. */
const ANSWER_TIMEOUT = 3000;
const PAUSE = 500;

/**
 * Sends TERM to a script until its agent has answered, at first over the connection that is there, then over new ones: one refused or
 * half-open connection must not leave a script running beside the next stage's. Resolves at the signal too: the group's deadline and its
 * deletion end what cannot be reached.
 */
export async function terminate(
  id: string,
  present: AgentSession | undefined,
  connect: (signal: AbortSignal) => Promise<AgentSession>,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  for (let session = present; !signal.aborted; session = undefined) {
    let own: AgentSession | undefined;
    try {
      own = session ?? (await connect(signal));
      const answered = await Promise.race([
        own.kill(id, 'TERM').then(() => true),
        clock.sleep(ANSWER_TIMEOUT, signal).then(() => false),
      ]);
      if (answered) return;
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ConnectionFailed)) throw error;
      await clock.sleep(PAUSE, signal).catch(() => undefined);
    } finally {
      if (own !== present) own?.close();
    }
  }
}
