import type { Clock } from '../context.ts';
import type { AgentSession } from '../ssh/agent-session.ts';
import { runShortScript } from './short-script.ts';

/** ANSI-C quoting, in which GitLab Runner writes its scripts: dash takes the dollar for a character, and the test is false. */
const PROBE = "[ $'a' = a ]\n";

/** What an image's shell can do with GitLab Runner's scripts. */
export type ShellFound =
  | { readonly kind: 'fine' }
  | { readonly kind: 'no-ansi-quoting' }
  /** `message` is the agent's: which ones there are, and why they cannot be executed. */
  | { readonly kind: 'none'; readonly message: string }
  /** There is one, and it does not do what a shell does. */
  | { readonly kind: 'broken'; readonly message: string };

/**
 * Looks what the container's shell is, with a script that tells.
 * @throws ConnectionFailed when the connection breaks in between.
 */
export async function probeShell(session: AgentSession, clock: Clock): Promise<ShellFound> {
  const end = await runShortScript(session, 'shell-probe', PROBE, clock);
  if (end.kind === 'no-shell') return { kind: 'none', message: end.message };
  if (end.kind === 'failed') return { kind: 'broken', message: end.message };
  if (end.code === 0) return { kind: 'fine' };
  if (end.code === 1) return { kind: 'no-ansi-quoting' };
  return { kind: 'broken', message: `it ended with ${end.code}: ${end.output.trim().slice(0, 200)}` };
}
