import type { Clock } from '../context.ts';
import type { ContainerName } from '../runner/stages.ts';
import { openSession } from '../ssh/open-session.ts';
import type { Machine } from '../state/job-record.ts';
import { agentAddress } from './agent-address.ts';

/** Milliseconds. */
const FIRST_LOGIN = 20_000;
/** A job has up to ten stages in one container on end, and the other one gets no login in a stage that is shorter than its first login. */
const SHORT_STAGES = 12;

/** Shows an agent that it is not abandoned. May reject. */
type Login = (signal: AbortSignal) => Promise<void>;

export const loginTo =
  (machine: Machine, container: ContainerName): Login =>
  async (signal) =>
    (await openSession(agentAddress(machine, container), signal)).close();

/**
 * Each agent ends its container when nobody logs in for `abandonAfter` seconds, and a stage talks to one of them only. So the other one
 * gets a login soon, and then every third of that time. Resolves at the signal.
 */
export async function keepLoggedIn(
  login: Login,
  abandonAfter: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const milliseconds = abandonAfter * 1000;
  const third = milliseconds / 3;
  for (let pause = Math.min(FIRST_LOGIN, milliseconds / SHORT_STAGES); !signal.aborted; pause = third) {
    await clock.sleep(pause, signal).catch(() => undefined);
    // A login that fails is no reason to end the stage: the watch over the group tells when something is wrong with it.
    if (!signal.aborted) await login(signal).catch(() => undefined);
  }
}
