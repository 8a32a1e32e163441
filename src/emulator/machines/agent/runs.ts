import { Refusal, type RunRequest } from './requests.ts';
import { Run } from './run.ts';
import type { ScriptPlace } from './script-place.ts';

/** Cancelled ids that are remembered; older ones belong to calls that are long over. */
const CANCELLED_KEPT = 1000;

/** The runs of one container: each id once, a kill never lost, ended runs dropped when a new one starts. */
export class Runs {
  private readonly place: ScriptPlace;
  private readonly runs = new Map<string, Promise<Run>>();
  /** Those of them whose script was started. */
  private readonly started = new Map<string, Run>();
  /** Dropped, but something that they left behind is not over. */
  private readonly held = new Set<Run>();
  private readonly cancelled = new Set<string>();
  private stopping = false;

  constructor(place: ScriptPlace) {
    this.place = place;
  }

  /** @returns undefined for an id that never started. */
  find(id: string): Promise<Run> | undefined {
    return this.runs.get(id);
  }

  /** Starts a script, or attaches to the run that an equal call has started in between. @throws Refusal */
  async start(request: RunRequest, script: Buffer): Promise<{ run: Run; attached: boolean }> {
    const known = this.runs.get(request.id);
    if (known) return { run: await known, attached: true };
    if (this.cancelled.has(request.id))
      throw new Refusal('cancelled', `the run ${request.id} was killed before it started`);
    if (this.stopping) throw new Refusal('stopping', 'the platform stops this container');
    if (request.offset > 0) throw new Refusal('bad-offset', `a new run has no byte ${request.offset}`);
    const starting = this.dropEnded().then(() => Run.start(request, script, this.place));
    this.runs.set(request.id, starting);
    try {
      const run = await starting;
      this.started.set(request.id, run);
      return { run, attached: false };
    } catch (error) {
      this.runs.delete(request.id);
      throw error;
    }
  }

  /** @returns whether the run is still going on. */
  async kill(id: string, signal: 'TERM' | 'KILL' | 'INT' | 'HUP'): Promise<boolean> {
    const run = await this.runs.get(id)?.catch(() => undefined);
    if (!run) {
      this.cancelled.add(id);
      if (this.cancelled.size > CANCELLED_KEPT) this.cancelled.delete([...this.cancelled][0] ?? '');
      return false;
    }
    if (run.outcome !== undefined) return false;
    run.signal(`SIG${signal}`);
    return true;
  }

  /** TERM from the platform. Resolves when every run has ended. */
  async interruptAll(): Promise<void> {
    this.stopping = true;
    // Each as soon as it is there: one that is being started at this moment keeps nobody waiting for his TERM.
    const ends = [...this.runs.values()].map(async (starting) => {
      const run = await starting.catch(() => undefined);
      run?.interrupt();
      await run?.over;
    });
    await Promise.all(ends);
  }

  /** The container has ended. */
  close(): void {
    for (const run of [...this.held, ...this.started.values()]) run.close();
  }

  private async dropEnded(): Promise<void> {
    for (const run of this.held) if (!run.isHeld) this.held.delete(run);
    for (const [id, run] of [...this.started]) {
      if (run.outcome === undefined) continue;
      this.runs.delete(id);
      this.started.delete(id);
      if (run.isHeld) this.held.add(run);
      await run.drop();
    }
  }
}
