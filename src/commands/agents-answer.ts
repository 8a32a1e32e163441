import type { Clock } from '../context.ts';
import { DriverError } from '../driver-error.ts';
import { AGENT_BIN_DIR } from '../group/names.ts';
import type { Greeting } from '../group/wait-ready.ts';
import type { Job } from '../runner/job.ts';
import type { ContainerName } from '../runner/stages.ts';
import type { Settings } from '../settings/schema.ts';
import { type AgentAddress, type AgentSession, ConnectionFailed, ForeignHostKey } from '../ssh/agent-session.ts';
import { openSession } from '../ssh/open-session.ts';
import type { Machine } from '../state/job-record.ts';
import { agentAddress } from './agent-address.ts';
import { keepLoggedIn, loginTo } from './keep-logged-in.ts';

/** Milliseconds between two tries while nothing listens yet. */
const LONGEST_PAUSE = 1000;
const SELF_TEST_TIMEOUT_SECONDS = 20;

/** The first contact with a group's two agents. */
export class Agents implements Greeting {
  private readonly machine: Machine;
  private readonly job: Job;
  private readonly settings: Settings;
  private readonly clock: Clock;
  private readonly words: Record<ContainerName, string> = { helper: 'not asked yet', build: 'not asked yet' };

  constructor(machine: Machine, job: Job, settings: Settings, clock: Clock) {
    this.machine = machine;
    this.job = job;
    this.settings = settings;
    this.clock = clock;
  }

  /** Resolves when the agents of helper and build have both answered, and the helper has what the job's stages need. */
  async answer(signal: AbortSignal): Promise<void> {
    const both = new AbortController();
    const until = AbortSignal.any([signal, both.signal]);
    try {
      await Promise.all([this.greet('build', until), this.greet('helper', until)]);
    } finally {
      both.abort();
    }
  }

  status(): string {
    return `helper: ${this.words.helper}; build: ${this.words.build}`;
  }

  private async greet(container: ContainerName, signal: AbortSignal): Promise<void> {
    const pause = Math.min(LONGEST_PAUSE, this.settings.poll_interval * 1000);
    while (!(await this.tryOnce(container, signal))) await this.clock.sleep(pause, signal);
    // One of them may wait a long time for the other's image: its agent must not take itself for abandoned.
    void keepLoggedIn(loginTo(this.machine, container), this.settings.abandon_after, this.clock, signal);
  }

  /** @returns whether the agent has answered. */
  private async tryOnce(container: ContainerName, signal: AbortSignal): Promise<boolean> {
    const address = agentAddress(this.machine, container);
    try {
      const session = await openSession(address, signal);
      try {
        const { container: answered } = await session.hello();
        if (answered !== container) throw wrongContainer(container, answered);
        if (container === 'helper' && this.job.needsHelperProgram) await requireHelperProgram(session);
        this.words[container] = 'has answered';
        return true;
      } finally {
        session.close();
      }
    } catch (error) {
      if (error instanceof ForeignHostKey) throw foreign(address);
      if (!(error instanceof ConnectionFailed)) throw error;
      this.words[container] = error.message;
      return false;
    }
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

const foreign = ({ host, port }: AgentAddress): DriverError =>
  new DriverError(
    'operator',
    `Something else than this job's container answers at ${host}:${port}: its host key is not the one that was made for it.`,
    {
      hint: 'Another machine has taken over the address, or something in between intercepts the connection. Run the job again.',
    },
  );
