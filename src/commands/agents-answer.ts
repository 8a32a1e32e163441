import type { Clock } from '../context.ts';
import { DriverError } from '../driver-error.ts';
import { OTHER_ARCHITECTURE } from '../eci/answers/container-rows.ts';
import { AGENT_BIN_DIR } from '../group/names.ts';
import type { BuildContainer } from '../group/build-container.ts';
import { containersOf } from '../group/create-request.ts';
import type { Greeting, Late } from '../group/wait-ready.ts';
import type { Job } from '../runner/job.ts';
import type { ContainerName } from '../runner/stages.ts';
import type { Settings } from '../settings/schema.ts';
import { type AgentAddress, type AgentSession, ConnectionFailed, ForeignHostKey } from '../ssh/agent-session.ts';
import { openSession } from '../ssh/open-session.ts';
import { probeShell } from '../script/probe-shell.ts';
import { runShortScript, type ShortEnd } from '../script/short-script.ts';
import type { Machine } from '../state/job-record.ts';
import { agentAddress } from './agent-address.ts';
import type { FeatureFlags } from '../wishes/feature-flags.ts';
import { keepLoggedIn, loginTo } from './keep-logged-in.ts';

/** Milliseconds between two tries while nothing listens yet. */
const LONGEST_PAUSE = 1000;
const SELF_TEST_TIMEOUT_SECONDS = 20;

/** What the first contact is made for. */
interface Contact {
  readonly machine: Machine;
  readonly job: Job;
  readonly settings: Settings;
  readonly build: BuildContainer;
  readonly flags: FeatureFlags;
  /** Mount path of the builds. */
  readonly buildsDir: string;
}

/** The first contact with a group's agents. */
export class Agents implements Greeting {
  private readonly contact: Contact;
  private readonly clock: Clock;
  private readonly words: Record<ContainerName, string> = { helper: 'not asked yet', build: 'not asked yet' };

  constructor(contact: Contact, clock: Clock) {
    this.contact = contact;
    this.clock = clock;
  }

  /** Resolves when the agents have all answered, the containers have what the job's stages need, and the others are there too. */
  async answer(signal: AbortSignal, others: Promise<void>): Promise<void> {
    const all = new AbortController();
    const until = AbortSignal.any([signal, all.signal]);
    try {
      const agents = containersOf(this.contact.settings).map((container) => this.greet(container, until));
      await Promise.all([...agents, others]);
    } finally {
      all.abort();
    }
  }

  late(): Late {
    const { settings, machine, build } = this.contact;
    const status = containersOf(settings).map((container) => `${container}: ${this.words[container]}`);
    // The way to the group is open where the helper's agent answers, or where the host itself refuses.
    const isReached = settings.helper ? this.words.helper === ANSWERED : this.words.build === REFUSED;
    if (build.entrypoint !== 'ignored' && this.words.build !== ANSWERED && isReached) {
      return {
        status: status.join('; '),
        fault: 'user',
        hint: 'The image\'s entrypoint runs first (FF_KUBERNETES_HONOR_ENTRYPOINT): it has to end with exec "$@", or be left out.',
      };
    }
    return {
      status: status.join('; '),
      fault: 'operator',
      hint: `Check that the manager reaches ${machine.address} on the ports of the settings: routes, and the rules of security_group.`,
    };
  }

  private async greet(container: ContainerName, signal: AbortSignal): Promise<void> {
    const { machine, settings } = this.contact;
    const pause = Math.min(LONGEST_PAUSE, settings.poll_interval * 1000);
    while (!(await this.tryOnce(container, signal))) await this.clock.sleep(pause, signal);
    // One of them may wait a long time for the other's image: its agent must not take itself for abandoned.
    void keepLoggedIn(loginTo(machine, container), settings.abandon_after, this.clock, signal);
  }

  /** @returns whether the agent has answered. */
  private async tryOnce(container: ContainerName, signal: AbortSignal): Promise<boolean> {
    const address = agentAddress(this.contact.machine, container);
    try {
      const session = await openSession(address, signal);
      try {
        await this.examine(container, session);
        this.words[container] = ANSWERED;
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

  private async examine(container: ContainerName, session: AgentSession): Promise<void> {
    const { job, settings, flags, buildsDir } = this.contact;
    const { container: answered } = await session.hello();
    if (answered !== container) throw wrongContainer(container, answered);
    this.words[container] = 'has answered, and its container is being looked at';
    if (container === 'build') await requireShell(session, flags, this.clock);
    if (container === 'build' && flags.buildOwnsFiles) await markOwner(session, buildsDir, this.clock);
    const isHelper = container === 'helper' || !settings.helper;
    if (isHelper) await requireBuildsDir(session, buildsDir, this.clock);
    if (isHelper && job.needsHelperProgram) await requireHelperProgram(session, settings);
  }
}

const saidBy = (end: ShortEnd): string => (end.kind === 'exited' ? end.output.trim().slice(0, 200) : end.message);

const ANSWERED = 'has answered';
/** As a connection says it (ssh/connect.ts). */
const REFUSED = 'connection refused';

/** Recognised here, because the runner's script would only say "Syntax error". */
async function requireShell(session: AgentSession, { posixEscapes }: FeatureFlags, clock: Clock): Promise<void> {
  const found = await probeShell(session, clock);
  switch (found.kind) {
    case 'fine':
      return;
    case 'no-ansi-quoting':
      if (posixEscapes) return;
      throw new DriverError(
        'user',
        "The shell of the job's image does not understand the quoting of GitLab Runner's scripts.",
        {
          hint: 'It is dash, or one like it: set the variable FF_POSIXLY_CORRECT_ESCAPES: "true" for the job, or take an image with bash or busybox.',
        },
      );
    case 'none':
      throw new DriverError('user', `The job's image has no shell: ${found.message}.`, {
        hint: 'Take an image with a shell, or ask the operator for an agent_image that brings one.',
      });
    case 'foreign':
      throw new DriverError(
        'user',
        `The programs of the job's image are for another architecture than the container group: ${found.message}.`,
        { hint: OTHER_ARCHITECTURE },
      );
    case 'broken':
      throw new DriverError('user', `The shell of the job's image cannot run a script: ${found.message}.`, {
        hint: 'Try the image by itself: docker run IMAGE sh -c true.',
      });
  }
}

/**
 * The runner's scripts give everything below builds_dir to the owner of this file, where there is one (runner: `shells/bash.go`): so the
 * build container's user makes it. builds_dir has no quotes in it: the settings see to that.
 */
async function markOwner(session: AgentSession, buildsDir: string, clock: Clock): Promise<void> {
  const end = await runShortScript(session, 'owner', `: > '${buildsDir}/.gitlab-build-uid-gid'\n`, clock);
  if (end.kind === 'exited' && end.code === 0) return;
  throw new DriverError('user', `The user of the job's image cannot write to builds_dir (${saidBy(end)}).`, {
    hint: 'FF_DISABLE_UMASK_FOR_KUBERNETES_EXECUTOR needs that: leave the flag out, or let the image run as another user.',
  });
}

/** Said by get_sources it would look like a failure of the job. Quotes: see markOwner. */
async function requireBuildsDir(session: AgentSession, buildsDir: string, clock: Clock): Promise<void> {
  const file = `'${buildsDir}/.gitlab-eci-executor'`;
  const end = await runShortScript(session, 'builds-dir', `: > ${file} && rm -f ${file}\n`, clock);
  if (end.kind === 'exited' && end.code === 0) return;
  throw new DriverError('operator', `The helper cannot write to builds_dir, ${buildsDir} (${saidBy(end)}).`, {
    hint: 'Check the volume that is mounted there: it has to be writable for the user of the helper.',
  });
}

/**
 * The runner's scripts guard every use of `gitlab-runner` with a check that only warns: without the program, a job with artifacts or a
 * cache would be green and have neither.
 */
async function requireHelperProgram(session: AgentSession, { helper }: Settings): Promise<void> {
  const { status, output } = await session.exec(['/bin/sh', '-c', 'gitlab-runner --version'], {
    timeout: SELF_TEST_TIMEOUT_SECONDS,
    pathPrefix: AGENT_BIN_DIR,
  });
  if (status === 0) return;
  // Without a status the connection broke in between: the next greeting tests again.
  if (status === undefined) throw new ConnectionFailed('the connection was closed');
  throw new DriverError(
    'operator',
    `The ${helper ? 'helper' : 'build'} container has no working gitlab-runner, which the job's cache and artifacts need: ${output.trim().slice(0, 200)}`,
    {
      hint: helper
        ? 'Set helper_image to the gitlab-runner-helper image of your runner version, or a mirror of it.'
        : "With helper = false it has to be in the job's image, as gitlab-runner or gitlab-runner-helper.",
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
