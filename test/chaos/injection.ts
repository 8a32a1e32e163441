import type { ObservedFault } from './judge.ts';
import type { PlannedFault, PlannedJob } from './plan.ts';
import type { Moment, Scene } from './row.ts';
import { tickShows } from './script.ts';

/** Behind the one in which a connection was disturbed: what shows that the log goes on. */
const TICKS_TO_GO_ON = 2;

/** When something of a job ended, in milliseconds of the clock. */
export interface Ends {
  readonly stages: readonly number[];
  readonly group: number | undefined;
}

interface Injected {
  readonly at: number;
  readonly tookHold: boolean;
}

/** Watches one job and lets its faults come when their moments are there. */
export class Injection {
  private readonly job: PlannedJob;
  private readonly scene: Scene;
  private readonly injected = new Map<PlannedFault, Promise<Injected>>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly tickAt: number[] = [];
  private waiting: { readonly fault: PlannedFault; readonly from: number }[] = [];
  private stages: PlannedFault[];
  private log = '';
  private lastTick = 0;
  private hasRun = false;
  /** How many stages have been started so far. */
  private started = 0;

  constructor(job: PlannedJob, scene: Scene) {
    this.job = job;
    this.scene = scene;
    this.stages = job.faults.filter(({ row }) => row.when !== 'before' && row.when !== 'script');
  }

  /** What is there before the job starts. */
  async before(): Promise<void> {
    await Promise.all(this.job.faults.filter(({ row }) => row.when === 'before').map((fault) => this.inject(fault)));
  }

  /** A driver's process has just been started. */
  stage(name: string): void {
    this.started++;
    this.hasRun ||= name === 'prepare_script';
    // A cleanup behind a failed prepare is not the last one.
    if (name === 'cleanup' && !this.hasRun) return;
    for (const fault of this.take(momentOf(name))) {
      if (fault.row.shows === undefined) this.soon(fault);
      else this.waiting.push({ fault, from: this.log.length });
    }
  }

  /** The job's log has grown. */
  logged(chunk: Buffer): void {
    this.log += chunk.toString('latin1');
    const shown = this.waiting.filter(({ fault, from }) => this.log.includes(fault.row.shows ?? '', from));
    this.waiting = this.waiting.filter((each) => !shown.includes(each));
    for (const { fault } of shown) this.soon(fault);
    const { script, faults } = this.job;
    while (this.log.includes(tickShows(script, this.lastTick + 1))) {
      const tick = ++this.lastTick;
      this.tickAt[tick] = Date.now();
      for (const fault of faults) if (fault.row.when === 'script' && fault.tick === tick) void this.inject(fault);
    }
  }

  /** Nothing comes any more. @returns what became of each fault, in the order of the plan. */
  async over(ends: Ends): Promise<readonly ObservedFault[]> {
    for (const timer of this.timers) clearTimeout(timer);
    return Promise.all(this.job.faults.map((fault) => this.observed(fault, ends)));
  }

  private async observed(fault: PlannedFault, ends: Ends): Promise<ObservedFault> {
    const { row, draw } = fault;
    const injected = await this.injected.get(fault);
    if (!injected) return { tookHold: false, noticed: undefined };
    const tookHold = row.tookHold?.(this.scene, draw) ?? injected.tookHold;
    return { tookHold, noticed: tookHold ? this.noticed(fault, injected.at, ends) : undefined };
  }

  private noticed({ row, tick }: PlannedFault, at: number, { stages, group }: Ends): number | undefined {
    const until = (moment: number | undefined): number | undefined => moment && Math.max(0, moment - at);
    switch (row.notices) {
      case 'log':
        return until(this.tickAt[tick + TICKS_TO_GO_ON]);
      case 'stage':
        return until(stages.find((end) => end >= at));
      case 'group':
        return until(group);
      case undefined:
        return undefined;
    }
  }

  /** One that makes an attempt fail comes alone; all others of the stage come with its last start. */
  private take(moment: Moment): readonly PlannedFault[] {
    const due = this.stages.filter(({ row }) => row.when === moment);
    const taken = due[0]?.row.then === 'tries again' ? due.slice(0, 1) : due;
    this.stages = this.stages.filter((each) => !taken.includes(each));
    return taken;
  }

  private soon(fault: PlannedFault): void {
    const milliseconds = fault.draw * (fault.row.within ?? 0);
    if (milliseconds === 0) return void this.inject(fault);
    const { started } = this;
    // What belongs to a stage that is over does not hit the next one.
    const come = (): void => void (this.started === started && this.inject(fault));
    this.timers.add(setTimeout(come, milliseconds));
  }

  private inject(fault: PlannedFault): Promise<Injected> {
    const at = Date.now();
    const injecting = Promise.resolve(fault.row.inject?.(this.scene, fault.draw) ?? true).then((tookHold) => ({
      at,
      tookHold,
    }));
    this.injected.set(fault, injecting);
    return injecting;
  }
}

const OF_STAGE: Readonly<Record<string, Moment>> = {
  config: 'config',
  prepare: 'prepare',
  prepare_script: 'prepare_script',
  get_sources: 'get_sources',
  build_script: 'before the script',
  after_script: 'after_script',
  upload_artifacts_on_success: 'upload',
  upload_artifacts_on_failure: 'upload',
  cleanup_file_variables: 'cleanup_file_variables',
  cleanup: 'cleanup',
};

function momentOf(stage: string): Moment {
  const moment = OF_STAGE[stage];
  if (moment === undefined) throw new Error(`no fault knows the stage ${stage}`);
  return moment;
}
