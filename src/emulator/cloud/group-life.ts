import type { CloudClock } from '../clock.ts';
import type { Machine, MachineKind, MachineSpec } from '../machine.ts';
import type { Scenario } from '../scenario.ts';
import type { GroupState, Status } from './group-state.ts';
import type { ImagePulls } from './image-pulls.ts';
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
 * here; what a call asks for comes in through `remove`.
 */
export class GroupLife {
  readonly group: GroupState;
  /** Resolves when the life is over and its machine has stopped. */
  readonly over: Promise<void>;
  private readonly parts: LifeParts;
  private readonly cut = new AbortController();
  private machine: Machine | undefined;
  private stopping: Promise<void> | undefined;

  constructor(group: GroupState, stock: StockAnswer, parts: LifeParts) {
    this.group = group;
    this.parts = parts;
    this.over = this.live(stock).catch((error: unknown) => {
      if (!(error instanceof CutShort)) throw error;
    });
  }

  /** Deleted: the group shows as Terminating while its containers stop, and then not at all. */
  async remove(): Promise<void> {
    if (this.group.gone) return;
    if (this.group.isFinal || this.group.status === 'Scheduling') this.group.vanish();
    else this.group.enter('Terminating');
    await this.stop();
    this.group.vanish();
  }

  /** Ends the group as the platform does: reclaim, deadline, pending for too long. */
  async end(status: Status): Promise<void> {
    if (this.group.gone || this.group.isFinal) return;
    await this.stop(() => this.group.enter(status));
  }

  /** @param grace in seconds, the group's own if not given. */
  async kill(): Promise<void> {
    this.group.vanish();
    await this.stop(undefined, 0);
  }

  private stop(
    then: () => void = () => undefined,
    grace = this.group.request.TerminationGracePeriodSeconds,
  ): Promise<void> {
    this.stopping ??= (async () => {
      this.cut.abort(new CutShort());
      await this.machine?.stop(grace);
      then();
      await this.machine?.remove();
    })();
    return this.stopping;
  }

  private async live(stock: StockAnswer): Promise<void> {
    const { group, cut } = this;
    const { clock, scenario } = this.parts;
    if (stock.kind === 'stuck') return;
    if (stock.kind === 'schedule-failed') {
      await clock.sleep(scenario.delays.schedule_failed * 1000, cut.signal);
      group.event(
        'Warning',
        'NoStock',
        `Create ECI failed because the specified instance is out of stock. zone ${group.vswitch.zone}`,
      );
      group.enter('ScheduleFailed');
      return;
    }
    await clock.sleep(scenario.delays.scheduling * 1000, cut.signal);
    group.address = this.parts.takeAddress();
    group.enter('Pending');
    group.event(
      'Normal',
      'UserInstanceTypeSpec',
      `[eci.containergroup]The user-specified instanceType for current eci instance is ${group.capacity.label}`,
    );
    this.guard(
      'Failed',
      'PendingTimeout',
      'The group was pending for too long.',
      group.request.MaxPendingMinute * 60,
      () => group.status === 'Pending',
    );
    await this.parts.pulls.pullAll(group, cut.signal);
    await this.run();
  }

  private async run(): Promise<void> {
    const { group, cut } = this;
    const { clock, scenario, machines, machineSpec } = this.parts;
    const machine = machines.create(machineSpec(group, group.address));
    this.machine = machine;
    for (const { Name } of group.request.InitContainer) {
      group.running(Name);
      const exit = await machine.runInit(Name);
      cut.signal.throwIfAborted();
      group.terminated(Name, exit.code, exit.reason, exit.message);
      if (exit.code !== 0) return this.finish('Failed');
    }
    await clock.sleep(scenario.delays.start * 1000, cut.signal);
    const ends = await Promise.all(
      group.request.Container.map(({ Name, Image }) => this.startContainer(machine, Name, Image)),
    );
    cut.signal.throwIfAborted();
    group.enter('Running');
    const deadline = group.request.ActiveDeadlineSeconds;
    if (deadline !== undefined)
      this.guard(
        'Failed',
        'DeadlineExceeded',
        'The group was active on the node longer than the specified deadline.',
        deadline,
        () => true,
      );
    const codes = await Promise.all(ends.map((end) => end()));
    cut.signal.throwIfAborted();
    await this.finish(codes.every((code) => code === 0) ? 'Succeeded' : 'Failed');
  }

  /** @returns a function that waits for the container's end and gives its exit code. */
  private async startContainer(machine: Machine, name: string, image: string): Promise<() => Promise<number>> {
    const { group } = this;
    const planned = this.parts.pulls.ruleOf(image)?.exit_code;
    const end = (code: number, reason: string, message: string) => {
      group.terminated(name, code, reason, message);
      return () => Promise.resolve(code);
    };
    if (planned !== undefined) {
      group.running(name);
      return end(planned, planned === 0 ? 'Completed' : 'Error', '');
    }
    try {
      await machine.start(name);
    } catch (error) {
      this.cut.signal.throwIfAborted();
      return end(128, 'ContainerCannotRun', (error as Error).message);
    }
    group.running(name);
    const exit = machine.ended(name).then((result) => {
      group.terminated(name, result.code, result.reason, result.message);
      return result.code;
    });
    return () => exit;
  }

  private async finish(status: Status): Promise<void> {
    await this.stop(() => this.group.enter(status));
  }

  /** Ends the group after so many seconds, if it is still in the state that the limit is about. */
  private guard(status: Status, reason: string, message: string, seconds: number, applies: () => boolean): void {
    void this.parts.clock.sleep(seconds * 1000, this.cut.signal).then(
      async () => {
        if (!applies() || this.group.isFinal) return;
        this.group.event('Warning', reason, message);
        await this.end(status);
      },
      () => undefined,
    );
  }
}
