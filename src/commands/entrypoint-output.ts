import { type ContainerGroups, EciError } from '../eci/container-groups.ts';
import type { JobLog } from '../report/job-log.ts';

/** The agent's own lines in a container's log. */
const AGENTS = /^eci-agent: /;

/**
 * Puts what an image's entrypoint has written into the job log: it runs before our agent, so ECI alone has its output. Says so when ECI does
 * not give it.
 */
export async function tellEntrypoint(
  id: string,
  groups: ContainerGroups,
  log: JobLog,
  signal: AbortSignal,
): Promise<void> {
  try {
    const lines = (await groups.log(id, 'build', signal))
      .split('\n')
      .filter((line) => line !== '' && !AGENTS.test(line));
    if (lines.length === 0) return;
    await log.section('eci_entrypoint', "The image's entrypoint", async () => {
      for (const line of lines) await log.line(line);
    });
  } catch (error) {
    if (!(error instanceof EciError)) throw error;
    await log.warning(`What the image's entrypoint has written cannot be had from ECI (${error.code}).`);
  }
}
