import type { Clock } from '../context.ts';
import type { AgentSession } from '../ssh/agent-session.ts';
import { AGENT_SHELL } from '../group/names.ts';
import { runShortScript } from './short-script.ts';
import { IMAGE_SHELLS } from './shells.ts';

/** ANSI-C quoting, in which GitLab Runner writes its scripts: dash takes the dollar for a character, and the test is false. */
const PROBE = "[ $'a' = a ]\n";

/** What an image's shell can do with GitLab Runner's scripts. */
type ShellFound =
  | { readonly kind: 'fine' }
  | { readonly kind: 'no-ansi-quoting' }
  /** `message` is the agent's: which ones there are, and why they cannot be executed. */
  | { readonly kind: 'none'; readonly message: string }
  /** Those of the image are programs for another architecture. */
  | { readonly kind: 'foreign'; readonly message: string }
  /** There is one, and it does not do what a shell does. */
  | { readonly kind: 'broken'; readonly message: string };

/** The system's word for such a program (man 2 execve, ENOEXEC). */
const FOREIGN = /exec format error/;

/**
 * Looks what the container's shell is, with a script that tells.
 * @throws ConnectionFailed when the connection breaks in between.
 */
export async function probeShell(session: AgentSession, clock: Clock): Promise<ShellFound> {
  const own = await probe(session, clock, IMAGE_SHELLS);
  if (own.kind !== 'none') return own;
  // The agent's shell would run, and none of the programs that the job calls.
  if (FOREIGN.test(own.message)) return { ...own, kind: 'foreign' };
  const ours = await probe(session, clock, [AGENT_SHELL]);
  return ours.kind === 'none' ? own : ours;
}

async function probe(session: AgentSession, clock: Clock, shells: readonly string[]): Promise<ShellFound> {
  const end = await runShortScript(session, 'shell-probe', PROBE, clock, shells);
  if (end.kind === 'no-shell') return { kind: 'none', message: end.message };
  if (end.kind === 'failed') return { kind: 'broken', message: end.message };
  if (end.code === 0) return { kind: 'fine' };
  if (end.code === 1) return { kind: 'no-ansi-quoting' };
  return { kind: 'broken', message: `it ended with ${end.code}: ${end.output.trim().slice(0, 200)}` };
}
