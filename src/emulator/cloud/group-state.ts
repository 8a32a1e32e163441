import type { CreateParameters } from '../actions/create-parameters.ts';
import { Meter } from './meter.ts';
import type { Capacity } from './pricing.ts';

export type Status =
  | 'Scheduling'
  | 'Pending'
  | 'Running'
  | 'Restarting'
  | 'Terminating'
  | 'Succeeded'
  | 'Failed'
  | 'Expired'
  | 'ScheduleFailed';

/** In these states a group holds resources and costs money ("Lifecycle of an elastic container instance"). */
const BILLED: ReadonlySet<Status> = new Set(['Pending', 'Running', 'Restarting', 'Terminating']);
const FINAL: ReadonlySet<Status> = new Set(['Succeeded', 'Failed', 'Expired', 'ScheduleFailed']);

export interface GroupEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  count: number;
  /** Milliseconds since the epoch. */
  readonly firstAt: number;
  lastAt: number;
  /** Number of the event in its group; two may come within a millisecond. */
  readonly serial: number;
}

export interface ContainerState {
  state: 'Waiting' | 'Running' | 'Terminated';
  reason: string;
  message: string;
  exitCode: number | undefined;
  startedAt: number | undefined;
  finishedAt: number | undefined;
}

export interface ContainerRecord extends ContainerState {
  readonly name: string;
  readonly init: boolean;
  restarts: number;
  /** The end before the last restart. */
  previous: ContainerState | undefined;
}

const EVENTS_KEPT = 50;
const HOUR = 3_600_000;

interface GroupFields {
  readonly id: string;
  readonly request: CreateParameters;
  readonly vswitch: GroupState['vswitch'];
  readonly capacity: Capacity;
  readonly now: () => number;
  /** Price per hour of this group at a moment. */
  readonly priceAt: (at: number) => number;
}

/** Everything that Describe shows of a group, and the meter that runs while it is billed. */
export class GroupState {
  readonly id: string;
  readonly request: CreateParameters;
  readonly vswitch: { readonly id: string; readonly zone: string; readonly vpc: string };
  readonly capacity: Capacity;
  readonly spot: boolean;
  readonly createdAt: number;
  readonly containers: readonly ContainerRecord[];
  readonly events: GroupEvent[] = [];
  readonly tags: Map<string, string>;
  status: Status = 'Scheduling';
  address = '';
  finishedAt: number | undefined;
  /** Of the last change of status or event. */
  changedAt: number;
  /** Deleted, or vanished: Describe does not show it any more. */
  gone = false;
  private readonly now: () => number;
  private readonly meter: Meter;
  private eventsSeen = 0;

  constructor(fields: GroupFields) {
    this.id = fields.id;
    this.request = fields.request;
    this.vswitch = fields.vswitch;
    this.capacity = fields.capacity;
    this.spot = fields.request.SpotStrategy !== 'NoSpot';
    this.now = fields.now;
    this.createdAt = this.changedAt = fields.now();
    this.meter = new Meter(fields.now, fields.priceAt, this.protectedUntil);
    this.tags = new Map(fields.request.Tag.map(({ Key, Value }) => [Key, Value]));
    const record =
      (init: boolean) =>
      (container: { Name: string }): ContainerRecord => ({
        name: container.Name,
        init,
        restarts: 0,
        previous: undefined,
        ...WAITING,
      });
    this.containers = [
      ...fields.request.InitContainer.map(record(true)),
      ...fields.request.Container.map(record(false)),
    ];
  }

  /** When a spot group's protection ends, in milliseconds since the epoch. One hour is the default. */
  get protectedUntil(): number {
    return this.createdAt + (this.request.SpotDuration ?? 1) * HOUR;
  }

  get isFinal(): boolean {
    return FINAL.has(this.status);
  }

  get isBilled(): boolean {
    return BILLED.has(this.status) && !this.gone;
  }

  enter(status: Status): void {
    this.status = status;
    this.changedAt = this.now();
    if (this.isFinal) this.finishedAt = this.now();
    this.meter.run(this.isBilled);
  }

  vanish(): void {
    this.gone = true;
    this.meter.run(false);
  }

  container(name: string): ContainerRecord {
    const found = this.containers.find((each) => each.name === name);
    if (!found) throw new Error(`no container ${name} in ${this.id}`);
    return found;
  }

  /** The same event again is counted, as the kubelet does. */
  event(type: GroupEvent['type'], reason: string, message: string): void {
    const at = this.now();
    this.changedAt = at;
    const known = this.events.find((each) => each.reason === reason && each.message === message);
    if (known) {
      known.count++;
      known.lastAt = at;
      return;
    }
    this.events.push({ type, reason, message, count: 1, firstAt: at, lastAt: at, serial: this.eventsSeen++ });
    if (this.events.length > EVENTS_KEPT) this.events.shift();
  }

  waiting(name: string, reason: string, message = ''): void {
    this.changedAt = this.now();
    Object.assign(this.container(name), { state: 'Waiting', reason, message });
  }

  running(name: string): void {
    this.event('Normal', 'Created', `Created container ${name}`);
    Object.assign(this.container(name), { state: 'Running', reason: 'Started', message: '', startedAt: this.now() });
    this.event('Normal', 'Started', `Started container ${name}`);
  }

  terminated(name: string, exitCode: number, reason: string, message: string): void {
    this.changedAt = this.now();
    Object.assign(this.container(name), { state: 'Terminated', reason, message, exitCode, finishedAt: this.now() });
  }

  /** A container that has ended is started again. @param backOff the kubelet's words when it waits before. */
  restarting(name: string, backOff?: string): void {
    const record = this.container(name);
    const { state, reason, message, exitCode, startedAt, finishedAt } = record;
    Object.assign(record, {
      ...WAITING,
      previous: { state, reason, message, exitCode, startedAt, finishedAt },
      restarts: record.restarts + 1,
    });
    if (backOff === undefined) return;
    this.waiting(name, 'CrashLoopBackOff', backOff);
    this.event('Warning', 'BackOff', backOff);
  }

  /** Seconds of use so far, and what they cost. */
  cost(): { seconds: number; amount: number } {
    return this.meter.read();
  }
}

const WAITING: ContainerState = {
  state: 'Waiting',
  reason: '',
  message: '',
  exitCode: undefined,
  startedAt: undefined,
  finishedAt: undefined,
};
