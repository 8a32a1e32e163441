import type { AgentSession } from '../ssh/agent-session.ts';
import { runShortScript } from './short-script.ts';

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
  const end = await runShortScript(session, 'shell-probe', PROBE);
  if (end.kind === 'no-shell') return { kind: 'none', message: end.message };
  return { kind: end.code === 0 ? 'fine' : 'no-ansi-quoting' };
}
