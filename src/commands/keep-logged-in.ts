import type { Clock } from '../context.ts';
import type { ContainerName } from '../runner/stages.ts';
import { openSession } from '../ssh/open-session.ts';
import type { Machine } from '../state/job-record.ts';
import { agentAddress } from './agent-address.ts';

/** Milliseconds. A job can have many stages that are each shorter than a third of the time. */
const FIRST_LOGIN = 20_000;

/**
 * Each agent ends its container when nobody logs in for `abandonAfter` seconds, and a stage talks to one of them only. So the other one
 * gets a login soon, and then every third of that time.
 */
export async function keepLoggedIn(
  machine: Machine,
  other: ContainerName,
  abandonAfter: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const third = (abandonAfter * 1000) / 3;
  try {
    for (let pause = Math.min(FIRST_LOGIN, third); ; pause = third) {
      await clock.sleep(pause, signal);
      // A login that fails is no reason to end the stage: the watch over the group tells when something is wrong with it.
      await openSession(agentAddress(machine, other), signal).then(
        (session) => session.close(),
        () => undefined,
      );
    }
  } catch {
    // The stage is over.
  }
}
