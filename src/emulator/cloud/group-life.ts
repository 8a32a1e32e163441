import { setMaxListeners } from 'node:events';
import type { ContainerParameters } from '../actions/container-parameters.ts';
import type { ContainerExit, LineCondition, LogLine, Machine } from '../machine.ts';
import { ContainerLife } from './container-life.ts';
import type { GroupState, Status } from './group-state.ts';
import type { LifeParts } from './life-parts.ts';
import { mountVolumes } from './mount-volumes.ts';
import { tellIdle } from './tell-idle.ts';
import { PendingLimit } from './pending-limit.ts';
import { PLATFORM_ENDS, type PlatformEnd } from './platform-end.ts';
import { untilReclaimed } from './spot-watch.ts';
import type { StockAnswer } from './stock.ts';

/** Real milliseconds that stopping and init containers may take before a clock that is being advanced goes on. */
const FAREWELL = 2000;
const INIT_TIME = 5000;

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
  /** Once they are started. */
  private containers: readonly ContainerLife[] = [];
  private cleared: Promise<void> | undefined;
  /** What the next end of a container is to be called. */
  private readonly reasons = new Map<string, string>();
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

  /** The platform ends the group for a reason of its own. @returns false when it holds no resources. */
  platformEnds(why: PlatformEnd): boolean {
    if (!this.group.isBilled) return false;
    const { status, reason, message, hasGrace } = PLATFORM_ENDS[why];
    this.group.event('Warning', reason, message);
    void this.end(status, hasGrace ? this.grace : 0);
    return true;
  }

  /** The kernel kills the whole container (memory.oom.group), or only the scripts in it. @returns false when it does not run, or cannot be hit. */
  oom(container: string, scope: 'container' | 'script'): boolean {
    if (!this.isRunning(container)) return false;
    if (scope === 'script') return (this.machine?.killScripts?.(container) ?? 0) > 0;
    this.reasons.set(container, 'OOMKilled');
    this.group.event('Warning', 'OOMKilled', 'Out of memory');
    return this.endContainer(container, 137);
  }

  /** A container's first process ends with this code. @returns false when it does not run, or cannot be hit. */
  endContainer(container: string, code: number): boolean {
    if (!this.isRunning(container) || !this.machine?.end) return false;
    this.machine.end(container, code);
    return true;
  }

  /** What happens to the connections of the group's containers. @returns false when its machine has none. */
  connections(condition: LineCondition): boolean {
    if (!this.machine?.connections) return false;
    this.machine.connections(condition);
    return true;
  }

  /** What a container's own process wrote. @param which of its starts. */
  log(container: string, which: 'this' | 'last'): readonly LogLine[] {
    return this.machine?.log?.(container, which) ?? [];
  }

  /** Runs a program in a container. @returns undefined when its machine cannot. */
  exec(container: string, argv: readonly string[]): Promise<string> | undefined {
    return this.machine?.exec?.(container, argv);
  }

  /** Ends what runs and starts it again; in a pending group nothing has run yet. @returns false when its machine cannot. */
  restart(): boolean {
    const { group } = this;
    if (group.status !== 'Running') return true;
    if (!this.machine?.end) return false;
    group.enter('Restarting');
    const running = this.containers.filter((each) => this.isRunning(each.name));
    void Promise.all(running.map((each) => each.restart())).then(() => {
      if (group.status === 'Restarting') group.enter('Running');
    });
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

  private isRunning(container: string): boolean {
    return this.group.containers.some((each) => each.name === container && each.state === 'Running');
  }

  private get grace(): number {
    return this.group.request.TerminationGracePeriodSeconds;
  }

  /** Ends the group as the platform does; the first end counts, and a deletion takes precedence. */
  private async end(status: Status, graceSeconds = this.grace): Promise<void> {
    await this.stop(graceSeconds);
    if (this.group.gone || this.group.isFinal || this.group.status === 'Terminating') return;
    this.group.enter(status);
    await this.clear();
  }

  private async stop(graceSeconds: number): Promise<void> {
    this.pendingLimit.pause();
    this.cut.abort(new CutShort());
    if (this.cleared) return;
    const stopping = this.machine?.stop(graceSeconds).catch(this.remember);
    // Real processes need a moment for their farewell, also while the clock is being advanced over it.
    if (stopping) await (this.parts.clock.waitFor?.(stopping, FAREWELL) ?? stopping);
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
    const { clock, scenario, pulls, takeAddress, machines, machineSpec } = this.parts;
    if (stock.kind === 'stuck') return;
    if (stock.kind === 'schedule-failed') {
      await clock.sleep(scenario.delays.schedule_failed * 1000, cut.signal);
      const message = `Create ECI failed because the specified instance is out of stock. zone ${group.vswitch.zone}`;
      group.event('Warning', 'NoStock', message);
      group.enter('ScheduleFailed');
      return;
    }
    await clock.sleep(scenario.delays.scheduling * 1000, cut.signal);
    if (stock.kind === 'no-address') {
      group.enter('Pending');
      this.pendingLimit.count();
      return;
    }
    group.address = takeAddress();
    group.enter('Pending');
    group.event(
      'Normal',
      'UserInstanceTypeSpec',
      `[eci.containergroup]The user-specified instanceType for current eci instance is ${group.capacity.label}`,
    );
    tellIdle(group, machines.idle?.(machineSpec(group, { address: group.address, podAddress: '' })) ?? []);
    this.pendingLimit.count();
    this.startDeadline();
    if (group.spot) this.watchMarket();
    await mountVolumes(group, scenario, clock, cut.signal);
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
    const { clock, scenario, machines, machineSpec, takeAddress } = this.parts;
    const podAddress = machines.isRelayed ? takeAddress() : group.address;
    const machine = machines.create(machineSpec(group, { address: group.address, podAddress }));
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
    const containers = group.request.Container.map((each) => this.containerLife(each, machine));
    this.containers = containers;
    await Promise.all(containers.map((each) => each.start()));
    cut.signal.throwIfAborted();
    pendingLimit.pause();
    group.enter('Running');
    const ends = containers.map(async (each) => ({ each, code: await each.over() }));
    // Awaited where they count.
    for (const end of ends) end.catch(() => undefined);
    const hasApplications = containers.some((each) => !each.isSidecar);
    await Promise.all(ends.filter((_, index) => !hasApplications || !containers[index]?.isSidecar));
    cut.signal.throwIfAborted();
    // Sidecars are ended by force once the others have ended; what they end with counts, unless they are declared otherwise.
    if (hasApplications && containers.some((each) => each.isSidecar)) await this.stop(this.grace);
    const counted = await Promise.all(ends);
    await this.end(counted.every(({ each, code }) => code === 0 || each.isIgnored) ? 'Succeeded' : 'Failed');
  }

  private containerLife(request: ContainerParameters, machine: Machine): ContainerLife {
    return new ContainerLife(request, {
      group: this.group,
      machine,
      clock: this.parts.clock,
      cut: this.cut.signal,
      plannedExit: this.plannedExit(request.Image),
      takeReason: (name) => {
        const reason = this.reasons.get(name);
        this.reasons.delete(name);
        return reason;
      },
    });
  }

  private watchMarket(): void {
    const { market, clock, scenario } = this.parts;
    untilReclaimed(this.group, market(this.group), clock, this.cut.signal).then(
      () => this.reclaim(scenario.market.reclaim_notice),
      () => undefined,
    );
  }

  private async runInit(machine: Machine, name: string, image: string): Promise<ContainerExit> {
    this.group.running(name);
    const { clock } = this.parts;
    const running = this.plannedExit(image) ?? machine.runInit(name);
    const exit = await (running instanceof Promise ? (clock.waitFor?.(running, INIT_TIME) ?? running) : running);
    this.group.terminated(name, exit.code, exit.reason, exit.message);
    return exit;
  }

  private plannedExit(image: string): ContainerExit | undefined {
    const code = this.parts.pulls.ruleOf(image)?.exit_code;
    return code === undefined ? undefined : { code, reason: code === 0 ? 'Completed' : 'Error', message: '' };
  }
}
