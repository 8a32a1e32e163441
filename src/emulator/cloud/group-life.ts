import { setMaxListeners } from 'node:events';
import type { CloudClock } from '../clock.ts';
import type { ContainerExit, Machine, MachineKind, MachineSpec } from '../machine.ts';
import type { Scenario } from '../scenario.ts';
import type { GroupState, Status } from './group-state.ts';
import type { ImagePulls } from './image-pulls.ts';
import { PendingLimit } from './pending-limit.ts';
import type { StockAnswer } from './stock.ts';

export interface LifeParts {
  readonly scenario: Scenario;
  readonly clock: CloudClock;
  readonly pulls: ImagePulls;
  readonly machines: MachineKind;
  readonly takeAddress: () => string;
  readonly machineSpec: (group: GroupState, address: string) => MachineSpec;
}

/** Thrown into a life that is cut short: by deletion, deadline or reclaim. */
class CutShort extends Error {}

/**
 * One group from Scheduling to its end: the transitions, the machine behind them, and the ways to cut it short. What ECI does by itself happens
 * here; what is asked of it comes in through `remove`, `reclaim` and `kill`.
 */
export class GroupLife {
  readonly group: GroupState;
  private readonly parts: LifeParts;
  private readonly cut = new AbortController();
  private readonly pendingLimit: PendingLimit;
  private machine: Machine | undefined;
  private cleared: Promise<void> | undefined;
  /** Of the machine, when it was to be stopped or removed. It does not end the life, and is told in the end. */
  private failure: Error | undefined;

  constructor(group: GroupState, stock: StockAnswer, parts: LifeParts) {
    this.group = group;
    this.parts = parts;
    // Twenty containers may be pulling at a time.
    setMaxListeners(0, this.cut.signal);
    this.pendingLimit = new PendingLimit(parts.clock, group.request.MaxPendingMinute, () => {
      // No page tells the event's words.
      group.event('Warning', 'PendingTimeout', 'The group was pending for longer than MaxPendingMinute.');
      void this.end('Failed');
    });
    this.live(stock).catch((error: unknown) => {
      if (error instanceof CutShort) return;
      group.event('Warning', 'UnknownError', `unknown error for ${String(error)}`);
      void this.end('Failed');
    });
  }

  /** Deleted: the group shows as Terminating while its containers stop, and then not at all. */
  async remove(graceSeconds = this.grace): Promise<void> {
    if (this.group.gone) return;
    if (this.group.isBilled) this.group.enter('Terminating');
    else this.group.vanish();
    await this.stop(graceSeconds);
    this.group.vanish();
    await this.clear();
  }

  /** Announces a spot reclaim and carries it out. @returns false when the group is no spot group that holds resources. */
  reclaim(noticeSeconds: number): boolean {
    if (!this.group.spot || !this.group.isBilled) return false;
    const minutes = Math.ceil(noticeSeconds / 60);
    this.group.event('Warning', 'SpotToBeReleased', `Spot ECI will be released in ${minutes} minutes`);
    this.after(noticeSeconds, () => this.end('Expired'));
    return true;
  }

  /** Gone at once, without any grace. */
  async kill(): Promise<void> {
    this.group.vanish();
    await this.stop(0);
    await this.clear();
  }

  /** For the emulator's own end. @throws Error when something of the machine is left. */
  async settle(): Promise<void> {
    await this.kill();
    if (this.failure === undefined) return;
    throw new Error(`The machine of ${this.group.id} left something behind: ${this.failure.message}`);
  }

  private get grace(): number {
    return this.group.request.TerminationGracePeriodSeconds;
  }

  /** Ends the group as the platform does; the first end counts, and a deletion takes precedence. */
  private async end(status: Status): Promise<void> {
    await this.stop(this.grace);
    if (this.group.gone || this.group.isFinal || this.group.status === 'Terminating') return;
    this.group.enter(status);
    await this.clear();
  }

  private async stop(graceSeconds: number): Promise<void> {
    this.pendingLimit.pause();
    this.cut.abort(new CutShort());
    if (this.cleared) return;
    await this.machine?.stop(graceSeconds).catch(this.remember);
  }

  private clear(): Promise<void> {
    this.cleared ??= this.machine?.remove().catch(this.remember) ?? Promise.resolve();
    return this.cleared;
  }

  private readonly remember = (error: Error): void => {
    this.failure ??= error;
  };

  private after(seconds: number, then: () => Promise<void>): void {
    void this.parts.clock.sleep(seconds * 1000, this.cut.signal).then(then, () => undefined);
  }

  private async live(stock: StockAnswer): Promise<void> {
    const { group, cut } = this;
    const { clock, scenario, pulls, takeAddress } = this.parts;
    if (stock.kind === 'stuck') return;
    if (stock.kind === 'schedule-failed') {
      await clock.sleep(scenario.delays.schedule_failed * 1000, cut.signal);
      const message = `Create ECI failed because the specified instance is out of stock. zone ${group.vswitch.zone}`;
      group.event('Warning', 'NoStock', message);
      group.enter('ScheduleFailed');
      return;
    }
    await clock.sleep(scenario.delays.scheduling * 1000, cut.signal);
    group.address = takeAddress();
    group.enter('Pending');
    group.event(
      'Normal',
      'UserInstanceTypeSpec',
      `[eci.containergroup]The user-specified instanceType for current eci instance is ${group.capacity.label}`,
    );
    this.pendingLimit.count();
    this.startDeadline();
    await pulls.pullAll(group, cut.signal);
    cut.signal.throwIfAborted();
    await this.run();
  }

  /** ActiveDeadlineSeconds. ECI's pages do not say from when it counts; Kubernetes counts from the moment the kubelet takes the pod on. */
  private startDeadline(): void {
    const seconds = this.group.request.ActiveDeadlineSeconds;
    if (seconds === undefined) return;
    this.after(seconds, () => {
      const message = 'The group was active on the node longer than the specified deadline.';
      this.group.event('Warning', 'DeadlineExceeded', message);
      return this.end('Failed');
    });
  }

  private async run(): Promise<void> {
    const { group, cut, pendingLimit } = this;
    const { clock, scenario, machines, machineSpec } = this.parts;
    const machine = machines.create(machineSpec(group, group.address));
    this.machine = machine;
    for (const { Name } of group.request.Container) group.waiting(Name, 'PodInitializing');
    pendingLimit.pause();
    for (const { Name, Image } of group.request.InitContainer) {
      const exit = await this.runInit(machine, Name, Image);
      cut.signal.throwIfAborted();
      if (exit.code !== 0) return this.end('Failed');
    }
    pendingLimit.count();
    await clock.sleep(scenario.delays.start * 1000, cut.signal);
    const ends = await Promise.all(
      group.request.Container.map(({ Name, Image }) => this.startContainer(machine, Name, Image)),
    );
    cut.signal.throwIfAborted();
    pendingLimit.pause();
    group.enter('Running');
    const codes = await Promise.all(ends.map((end) => end()));
    cut.signal.throwIfAborted();
    await this.end(codes.every((code) => code === 0) ? 'Succeeded' : 'Failed');
  }

  private async runInit(machine: Machine, name: string, image: string): Promise<ContainerExit> {
    this.group.running(name);
    const exit = this.plannedExit(image) ?? (await machine.runInit(name));
    this.group.terminated(name, exit.code, exit.reason, exit.message);
    return exit;
  }

  /** @returns a function that waits for the container's end and gives its exit code. */
  private async startContainer(machine: Machine, name: string, image: string): Promise<() => Promise<number>> {
    const { group, cut } = this;
    const planned = this.plannedExit(image);
    try {
      if (!planned) await machine.start(name);
    } catch (error) {
      cut.signal.throwIfAborted();
      group.terminated(name, 128, 'ContainerCannotRun', (error as Error).message);
      return () => Promise.resolve(128);
    }
    group.running(name);
    const exit = (planned ? Promise.resolve(planned) : machine.ended(name))
      .catch((error: unknown) => ({ code: 137, reason: 'Error', message: String(error) }))
      .then(({ code, reason, message }) => {
        group.terminated(name, code, reason, message);
        return code;
      });
    return () => exit;
  }

  private plannedExit(image: string): ContainerExit | undefined {
    const code = this.parts.pulls.ruleOf(image)?.exit_code;
    return code === undefined ? undefined : { code, reason: code === 0 ? 'Completed' : 'Error', message: '' };
  }
}
