import type { Clock } from '../context.ts';
import { DriverError, type Fault } from '../driver-error.ts';
import type { ContainerGroup, ContainerGroups } from '../eci/container-groups.ts';
import { ifTold } from '../eci/if-told.ts';
import type { FailedPull, PullPlan } from '../registries/pull-policies.ts';
import type { JobLog } from '../report/job-log.ts';
import { duration } from '../report/lines.ts';
import type { Service } from '../services/service.ts';
import type { Settings } from '../settings/schema.ts';
import { EventLines } from './event-lines.ts';
import { look } from './look.ts';
import { Polling } from './poll.ts';
import { startState, type StartState } from './start-state.ts';

interface ReadyPorts {
  readonly groups: ContainerGroups;
  readonly log: JobLog;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly agents: Greeting;
  readonly services: readonly Service[];
  readonly pulls: Pick<PullPlan, 'canGoOn'>;
  /** The job's log is to have all events of its group, not warnings only. */
  readonly allEvents: boolean;
}

/** An image did not come: for good, or there is another policy that it can be pulled by. */
export class ImageFailure extends DriverError {
  readonly pull: FailedPull;

  constructor(fault: Fault, message: string, hint: string, pull: FailedPull) {
    super(fault, message, { hint });
    this.pull = pull;
  }
}

/** First contact with a group. */
export interface Greeting {
  /**
   * Resolves when both agents have answered and what else is waited for is there; tries from now until the signal. Rejects with a DriverError
   * when trying is useless.
   */
  answer(signal: AbortSignal, others: Promise<void>): Promise<void>;
  /** When there is no more time: who answered and who did not, whose fault that is, and what to do. */
  late(): Late;
}

export interface Late {
  /** `helper: has answered; build: connection refused` */
  readonly status: string;
  readonly fault: Fault;
  readonly hint: string;
}

/** When each part of a start was over, in milliseconds since the epoch, and the group as it was seen last. */
interface ReadyGroup {
  readonly group: ContainerGroup;
  readonly runningAt: number;
  readonly readyAt: number;
}

/** Milliseconds that the platform gets to mount a volume after a first failure; it tries again by itself, and the group is billed meanwhile. */
const MOUNT_PATIENCE = 90_000;

/**
 * Looks at a group without services come so much more seldom than at one that is being scheduled: that it is ready is what SSH tells, at once, and
 * a look only says why it is not.
 */
const SELDOM = 2;

/** Milliseconds without a line after which the log says what is being waited for. */
const HEARTBEAT = 30_000;

/**
 * Waits until a group that has its address answers over SSH and its services have started. SSH is tried from the start: it may answer before the
 * next look at the group, and before the images of services have come.
 * @throws ImageFailure when an image cannot be pulled, DriverError when a container ends or a budget is used up.
 */
export async function waitUntilReady(
  placed: ContainerGroup,
  settings: Settings,
  ports: ReadyPorts,
): Promise<ReadyGroup> {
  const over = new AbortController();
  const signal = AbortSignal.any([ports.signal, over.signal]);
  const watch = new StartWatch(placed, settings, { ...ports, signal });
  try {
    await Promise.race([ports.agents.answer(signal, watch.servicesStarted), watch.run()]);
  } finally {
    over.abort();
  }
  const readyAt = ports.clock.now();
  const group = (await lastLook(watch.group, ports)) ?? watch.group;
  if (ports.allEvents) await watch.tellEvents(group);
  return {
    group,
    runningAt: Math.min(watch.runningAt ?? readyAt, readyAt),
    readyAt,
  };
}

/** Milliseconds. */
const LAST_LOOK_TIME = 5000;

/** For the line that tells what the job got: a job that is ready neither fails of it nor waits for it. */
const lastLook = async ({ id, status }: ContainerGroup, ports: ReadyPorts): Promise<ContainerGroup | undefined> =>
  status === 'Running'
    ? undefined
    : ifTold({ ...ports, milliseconds: LAST_LOOK_TIME }, (patience) => ports.groups.describe(id, patience));

const MOUNT_HINT =
  'Check [volumes] in the settings: server and path must exist, a file server must let in the vSwitch (NFS: port 2049), a disk must be free and in the zone.';

/** Looks at the group again and again, tells what changed, and throws when the start has failed. */
class StartWatch {
  group: ContainerGroup;
  runningAt: number | undefined;
  private notMountedAt: number | undefined;
  private readonly settings: Settings;
  private readonly ports: ReadyPorts;
  private readonly startedAt: number;
  private readonly events: EventLines;
  private lastDoing = '';
  private lastLineAt: number;
  private markServicesStarted: () => void = () => undefined;
  /** Resolves when each service was started; it may have ended since. */
  readonly servicesStarted = new Promise<void>((resolve) => (this.markServicesStarted = resolve));

  constructor(group: ContainerGroup, settings: Settings, ports: ReadyPorts) {
    this.group = group;
    this.settings = settings;
    this.ports = ports;
    this.events = new EventLines(ports.allEvents);
    this.startedAt = this.lastLineAt = ports.clock.now();
  }

  /** Never resolves: it ends with the signal or a failure. */
  async run(): Promise<never> {
    const { groups, clock, signal, services } = this.ports;
    const { poll_interval } = this.settings;
    const polling = new Polling(services.length > 0 ? poll_interval : poll_interval * SELDOM, clock, signal);
    let state = startState(this.group.id, this.group, services);
    while (true) {
      await this.tell(state);
      if (state.kind === 'running' || this.hasStartedServices()) this.markServicesStarted();
      const deadline = this.budgetEnd(state);
      if (clock.now() >= deadline) throw this.tooLong(state);
      await polling.pause(deadline);
      const seen = await look(groups, this.group.id, signal);
      if (seen === 'unknown') continue;
      state = startState(this.group.id, seen.group, services);
      this.group = seen.group ?? this.group;
    }
  }

  private hasStartedServices(): boolean {
    const started = this.group.containers.filter(({ state }) => state === 'Running' || state === 'Terminated');
    return this.ports.services.every(({ container }) => started.some(({ name }) => name === container));
  }

  private async tell(state: StartState): Promise<void> {
    const { log, clock, pulls } = this.ports;
    if (state.kind === 'starting' && state.pull && pulls.canGoOn(state.pull)) {
      const { image, container, text } = state.pull;
      const sentence = `The image ${image} of the container ${container} has not come: ${text}`;
      throw new ImageFailure('platform', sentence, 'The runner tries again.', state.pull);
    }
    await this.tellEvents(this.group, state.kind === 'failed' ? state.sentence : '');
    if (state.kind === 'failed') {
      const { fault, sentence, hint, pull } = state;
      throw pull ? new ImageFailure(fault, sentence, hint, pull) : new DriverError(fault, sentence, { hint });
    }
    if (state.kind === 'running') this.runningAt ??= clock.now();
    const doing = state.kind === 'running' ? 'running, waiting for its SSH server' : state.doing;
    if (doing !== this.lastDoing) await this.line(`  ${doing}`);
    else if (clock.now() - this.lastLineAt >= HEARTBEAT) {
      await log.line(`  still ${doing} (${duration(clock.now() - this.startedAt)})`);
      this.lastLineAt = clock.now();
    }
    this.lastDoing = doing;
  }

  async tellEvents({ events }: ContainerGroup, said = ''): Promise<void> {
    for (const text of this.events.next(events, said)) await this.line(text);
  }

  private async line(text: string): Promise<void> {
    this.lastLineAt = this.ports.clock.now();
    await this.ports.log.line(text);
  }

  private budgetEnd(state: StartState): number {
    const { image_pull_timeout, ssh_timeout } = this.settings;
    if (state.kind === 'running') return (this.runningAt ?? this.startedAt) + ssh_timeout * 1000;
    const end = this.startedAt + image_pull_timeout * 1000;
    const isMounting = state.kind === 'starting' && state.notMounted !== undefined;
    this.notMountedAt = isMounting ? (this.notMountedAt ?? this.ports.clock.now()) : undefined;
    return this.notMountedAt === undefined ? end : Math.min(end, this.notMountedAt + MOUNT_PATIENCE);
  }

  private tooLong(state: StartState): DriverError {
    if (state.kind === 'running') {
      const { status, fault, hint } = this.ports.agents.late();
      return new DriverError(
        fault,
        `The container group ${this.group.id} is running, but its SSH servers did not answer within ${this.settings.ssh_timeout} s (${status}).`,
        { hint },
      );
    }
    if (state.kind === 'starting' && state.notMounted !== undefined) {
      const message = `A volume of ${this.group.id} cannot be mounted: ${state.notMounted}`;
      return new DriverError('operator', message, { hint: MOUNT_HINT });
    }
    const doing = state.kind === 'starting' ? ` (${state.doing})` : '';
    return new DriverError(
      'platform',
      `The containers of ${this.group.id} did not start within ${this.settings.image_pull_timeout} s${doing}.`,
      {
        hint: 'Use a registry in the VPC or an image cache, or raise image_pull_timeout.',
      },
    );
  }
}
