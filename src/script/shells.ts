import { AGENT_SHELL } from '../group/names.ts';
import { randomHex } from '../random.ts';
import { type AgentSession, ConnectionFailed } from '../ssh/agent-session.ts';

/** The order in which the Kubernetes executor looks for a shell in an image; the agent's own comes last. */
export const SHELLS: readonly string[] = [
  '/usr/local/bin/bash',
  '/usr/bin/bash',
  '/bin/bash',
  '/usr/local/bin/sh',
  '/usr/bin/sh',
  '/bin/sh',
  '/busybox/sh',
  AGENT_SHELL,
];

/** Seconds. */
const KILL_AFTER = 5;

/** ANSI-C quoting, in which GitLab Runner writes its scripts: dash takes the dollar for a character. */
const PROBE = "[ $'a' = a ]\n";

/** What an image's shell can do with GitLab Runner's scripts. */
export type ShellFound =
  | { readonly kind: 'fine' }
  | { readonly kind: 'no-ansi-quoting' }
  /** `message` is the agent's: which ones there are, and why they cannot be executed. */
  | { readonly kind: 'none'; readonly message: string };

/**
 * Looks what the container's shell is, with a script that tells.
 * @throws ConnectionFailed when the connection breaks in between.
 */
export async function probeShell(session: AgentSession): Promise<ShellFound> {
  const id = `shell-probe.${randomHex(6)}`;
  const ignored = { bytes: () => Promise.resolve(), started: () => undefined };
  const end = await session.run({ id, offset: 0, shells: SHELLS, killAfter: KILL_AFTER }, Buffer.from(PROBE), ignored);
  switch (end.kind) {
    case 'exited':
      return { kind: end.code === 0 ? 'fine' : 'no-ansi-quoting' };
    case 'refused':
      if (end.error === 'no-shell') return { kind: 'none', message: end.message };
      throw new ConnectionFailed(`the agent refused a script (${end.error})`);
    case 'signalled':
    case 'interrupted':
    case 'cut':
      throw new ConnectionFailed('the connection was closed');
  }
}
