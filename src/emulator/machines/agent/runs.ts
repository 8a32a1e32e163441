import { Refusal, type RunRequest } from './requests.ts';
import { Run, type ScriptPlace } from './run.ts';

/** Cancelled ids that are remembered; older ones belong to calls that are long over. */
const CANCELLED_KEPT = 1000;

/** The runs of one container: each id once, a kill never lost, ended runs dropped when a new one starts. */
export class Runs {
  stopping = false;
  private readonly place: ScriptPlace;
  private readonly runs = new Map<string, Promise<Run>>();
  private readonly cancelled = new Set<string>();

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
    const starting = this.dropEnded().then(() => Run.start(request, script, this.place));
    this.runs.set(request.id, starting);
    starting.catch(() => this.runs.delete(request.id));
    const run = await starting;
    // A TERM or a kill that came while the process was being made.
    if (this.stopping) run.interrupt();
    return { run, attached: false };
  }

  /** @returns whether the run is still going on. */
  async kill(id: string, signal: 'TERM' | 'KILL' | 'INT' | 'HUP'): Promise<boolean> {
    const run = await this.runs.get(id)?.catch(() => undefined);
    if (!run) {
      this.cancelled.add(id);
      if (this.cancelled.size > CANCELLED_KEPT) this.cancelled.delete([...this.cancelled][0] ?? '');
      return false;
    }
    if (run.end !== undefined) return false;
    run.signal(`SIG${signal}`);
    return true;
  }

  /** TERM from the platform. Resolves when every run has ended. */
  async interruptAll(): Promise<void> {
    this.stopping = true;
    const runs = await this.present();
    for (const run of runs) run.interrupt();
    await Promise.all(runs.map((run) => run.ended()));
  }

  /** KILL from the platform. */
  async killAll(): Promise<void> {
    for (const run of await this.present()) run.signal('SIGKILL');
  }

  private async present(): Promise<Run[]> {
    const settled = await Promise.allSettled(this.runs.values());
    return settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  }

  private async dropEnded(): Promise<void> {
    for (const [id, starting] of [...this.runs]) {
      const run = await starting.catch(() => undefined);
      if (run?.end === undefined) continue;
      this.runs.delete(id);
      await run.drop();
    }
  }
}
