import type { CreateParameters } from '../actions/create-parameters.ts';
import type { Capacity } from './pricing.ts';

export type Status =
  'Scheduling' | 'Pending' | 'Running' | 'Terminating' | 'Succeeded' | 'Failed' | 'Expired' | 'ScheduleFailed';

/** In these states a group holds resources and costs money ("Lifecycle of an elastic container instance"). */
const BILLED: ReadonlySet<Status> = new Set(['Pending', 'Running', 'Terminating']);
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

export interface ContainerRecord {
  readonly name: string;
  readonly init: boolean;
  state: 'Waiting' | 'Running' | 'Terminated';
  reason: string;
  message: string;
  exitCode: number | undefined;
  startedAt: number | undefined;
  finishedAt: number | undefined;
}

const EVENTS_KEPT = 50;

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
  status: Status = 'Scheduling';
  address = '';
  finishedAt: number | undefined;
  /** Deleted, or vanished: Describe does not show it any more. */
  gone = false;
  private readonly now: () => number;
  private eventsSeen = 0;
  private billedMs = 0;
  private billedSince: number | undefined;

  constructor(fields: {
    id: string;
    request: CreateParameters;
    vswitch: GroupState['vswitch'];
    capacity: Capacity;
    now: () => number;
  }) {
    this.id = fields.id;
    this.request = fields.request;
    this.vswitch = fields.vswitch;
    this.capacity = fields.capacity;
    this.spot = fields.request.SpotStrategy !== 'NoSpot';
    this.now = fields.now;
    this.createdAt = fields.now();
    const record =
      (init: boolean) =>
      (container: { Name: string }): ContainerRecord => ({
        name: container.Name,
        init,
        state: 'Waiting',
        reason: '',
        message: '',
        exitCode: undefined,
        startedAt: undefined,
        finishedAt: undefined,
      });
    this.containers = [
      ...fields.request.InitContainer.map(record(true)),
      ...fields.request.Container.map(record(false)),
    ];
  }

  get isFinal(): boolean {
    return FINAL.has(this.status);
  }

  get isBilled(): boolean {
    return BILLED.has(this.status) && !this.gone;
  }

  enter(status: Status): void {
    this.status = status;
    if (this.isFinal) this.finishedAt = this.now();
    this.meter();
  }

  vanish(): void {
    this.gone = true;
    this.meter();
  }

  container(name: string): ContainerRecord {
    const found = this.containers.find((each) => each.name === name);
    if (!found) throw new Error(`no container ${name} in ${this.id}`);
    return found;
  }

  /** The same event again is counted, as the kubelet does. */
  event(type: GroupEvent['type'], reason: string, message: string): void {
    const at = this.now();
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
    Object.assign(this.container(name), { state: 'Waiting', reason, message });
  }

  running(name: string): void {
    this.event('Normal', 'Created', `Created container ${name}`);
    Object.assign(this.container(name), { state: 'Running', reason: 'Started', message: '', startedAt: this.now() });
    this.event('Normal', 'Started', `Started container ${name}`);
  }

  terminated(name: string, exitCode: number, reason: string, message: string): void {
    Object.assign(this.container(name), { state: 'Terminated', reason, message, exitCode, finishedAt: this.now() });
  }

  /** Seconds of use so far, and what they cost at the price per hour of the purchase. */
  cost(): { seconds: number; amount: number } {
    const running = this.billedSince === undefined ? 0 : this.now() - this.billedSince;
    const seconds = (this.billedMs + running) / 1000;
    const perHour = this.spot ? this.capacity.spotPricePerHour : this.capacity.listPricePerHour;
    return { seconds, amount: (seconds * perHour) / 3600 };
  }

  private meter(): void {
    const billed = this.isBilled;
    if (billed && this.billedSince === undefined) this.billedSince = this.now();
    if (!billed && this.billedSince !== undefined) {
      this.billedMs += this.now() - this.billedSince;
      this.billedSince = undefined;
    }
  }
}
