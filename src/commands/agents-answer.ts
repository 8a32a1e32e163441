import type { Clock } from '../context.ts';
import { DriverError } from '../driver-error.ts';
import { AGENT_BIN_DIR } from '../group/names.ts';
import type { Job } from '../runner/job.ts';
import type { ContainerName } from '../runner/stages.ts';
import type { Settings } from '../settings/schema.ts';
import { type AgentSession, ConnectionFailed } from '../ssh/agent-session.ts';
import { openSession } from '../ssh/open-session.ts';
import type { Machine } from '../state/job-record.ts';
import { agentAddress } from './agent-address.ts';
import { keepLoggedIn, loginTo } from './keep-logged-in.ts';

/** Milliseconds between two tries while nothing listens yet. */
const LONGEST_PAUSE = 1000;
const SELF_TEST_TIMEOUT_SECONDS = 20;

/** Resolves when the agents of helper and build have both answered, and the helper has what the job's stages need. */
export async function answerOfAgents(
  machine: Machine,
  job: Job,
  settings: Settings,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const pause = Math.min(LONGEST_PAUSE, settings.poll_interval * 1000);
  const both = new AbortController();
  // One of them may wait a long time for the other's image: its agent must not take itself for abandoned.
  const stay = (container: ContainerName): void =>
    void keepLoggedIn(
      loginTo(machine, container),
      settings.abandon_after,
      clock,
      AbortSignal.any([signal, both.signal]),
    );
  try {
    await Promise.all([
      greet(machine, 'build', clock, pause, signal).then(() => stay('build')),
      greet(machine, 'helper', clock, pause, signal, job.needsHelperProgram ? requireHelperProgram : undefined).then(
        () => stay('helper'),
      ),
    ]);
  } finally {
    both.abort();
  }
}

async function greet(
  machine: Machine,
  container: ContainerName,
  clock: Clock,
  pause: number,
  signal: AbortSignal,
  selfTest?: (session: AgentSession) => Promise<void>,
): Promise<void> {
  while (true) {
    try {
      const session = await openSession(agentAddress(machine, container), signal);
      try {
        const { container: answered } = await session.hello();
        if (answered !== container) throw wrongContainer(container, answered);
        await selfTest?.(session);
        return;
      } finally {
        session.close();
      }
    } catch (error) {
      if (!(error instanceof ConnectionFailed)) throw error;
    }
    await clock.sleep(pause, signal);
  }
}

/**
 * The runner's scripts guard every use of `gitlab-runner` with a check that only warns: without the program, a job with artifacts or a
 * cache would be green and have neither.
 */
async function requireHelperProgram(session: AgentSession): Promise<void> {
  const { status, output } = await session.exec(['/bin/sh', '-c', 'gitlab-runner --version'], {
    timeout: SELF_TEST_TIMEOUT_SECONDS,
    pathPrefix: AGENT_BIN_DIR,
  });
  if (status === 0) return;
  // Without a status the connection broke in between: the next greeting tests again.
  if (status === undefined) throw new ConnectionFailed('the connection was closed');
  throw new DriverError(
    'operator',
    `The helper container has no working gitlab-runner, which the job's cache and artifacts need: ${output.trim().slice(0, 200)}`,
    {
      hint: 'Set helper_image to the gitlab-runner-helper image of your runner version, or a mirror of it.',
    },
  );
}

const wrongContainer = (expected: string, answered: string): DriverError =>
  new DriverError('operator', `The port of the ${expected} container is answered by ${answered}.`, {
    hint: 'Check the ports in the settings.',
  });
