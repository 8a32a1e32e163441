import type { Clock } from '../context.ts';
import { type ContainerGroups, EciError } from '../eci/container-groups.ts';
import type { JobLog } from '../report/job-log.ts';
import { timeLimit } from '../time-limit.ts';

/** The agent's own lines in a container's log. */
const AGENTS = /^eci-agent: /;

/** Milliseconds: nothing waits longer for what is only good to know. */
const PATIENCE = 10_000;

/**
 * Puts what an image's entrypoint has written into the job log: it runs before our agent, so ECI alone has its output. Never fails.
 * @returns why there is none, when ECI does not give it.
 */
export async function tellEntrypoint(
  id: string,
  groups: ContainerGroups,
  log: JobLog,
  clock: Clock,
  stop: AbortSignal,
): Promise<string | undefined> {
  const { signal, over } = timeLimit(PATIENCE, clock, stop);
  try {
    const lines = (await groups.log(id, 'build', signal)).split('\n');
    const theirs = lines.filter((line) => line !== '' && !AGENTS.test(line));
    if (theirs.length > 0) {
      await log.section('eci_entrypoint', "The image's entrypoint", async () => {
        for (const line of theirs) await log.line(line);
      });
    }
    return undefined;
  } catch (error) {
    return error instanceof EciError ? error.code : 'no answer in time';
  } finally {
    over();
  }
}
