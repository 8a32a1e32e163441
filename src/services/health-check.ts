import type { Clock } from '../context.ts';
import { AGENT_BIN_DIR } from '../group/names.ts';
import { type AgentSession, ConnectionFailed } from '../ssh/agent-session.ts';

/** The agent's word for a program that was killed at its timeout. */
const TIMED_OUT = 124;
/** Milliseconds between two connections. */
const PAUSE = 1000;

export interface DialPorts {
  /** To the container that dials. */
  readonly connect: (signal: AbortSignal) => Promise<AgentSession>;
  readonly clock: Clock;
  /** Ends the dialling early: there is nothing to wait for. */
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
}

/** Why a port does not answer; the output is the checking program's. */
export interface Silence {
  readonly error: string;
  readonly output: string;
}

/**
 * Dials a port from inside the group until it answers: by the helper's own program, as the Kubernetes executor does it, or where that is not
 * there by what is.
 * @returns undefined when it has answered.
 */
export async function dial(
  port: number,
  { connect, clock, signal, deadline }: DialPorts,
): Promise<Silence | undefined> {
  while (!signal.aborted) {
    const left = deadline - clock.now();
    if (left <= 0) return { error: 'timeout', output: '' };
    try {
      const { status, output } = await once(port, left, connect, signal);
      if (status === 0) return undefined;
      if (status === TIMED_OUT) return { error: 'timeout', output };
      // Without a status the connection broke in between.
      if (status !== undefined) return { error: `the check ended with exit code ${status}`, output };
    } catch (error) {
      if (!signal.aborted && !(error instanceof ConnectionFailed)) throw error;
    }
    await clock.sleep(Math.min(PAUSE, Math.max(0, deadline - clock.now())), signal).catch(() => undefined);
  }
  return { error: 'not checked to its end', output: '' };
}

async function once(port: number, left: number, connect: DialPorts['connect'], signal: AbortSignal) {
  const session = await connect(signal);
  const close = (): void => session.close();
  // An exec request has no signal: it ends with its connection.
  signal.addEventListener('abort', close, { once: true });
  try {
    signal.throwIfAborted();
    const timeout = Math.ceil(left / 1000);
    return await session.exec(['/bin/sh', '-c', script(port)], { timeout, pathPrefix: AGENT_BIN_DIR });
  } finally {
    signal.removeEventListener('abort', close);
    session.close();
  }
}

/** Each of these goes on until the port answers; the agent ends it at the timeout. */
const script = (port: number): string => `
if command -v gitlab-runner >/dev/null 2>&1; then exec gitlab-runner health-check --port ${port}; fi
if command -v bash >/dev/null 2>&1; then exec bash -c 'until (: </dev/tcp/127.0.0.1/${port}) 2>/dev/null; do sleep 1; done'; fi
if command -v nc >/dev/null 2>&1; then until nc -z 127.0.0.1 ${port} 2>/dev/null; do sleep 1; done; exit 0; fi
echo 'there is no gitlab-runner, bash or nc that could look'
exit 127
`;
