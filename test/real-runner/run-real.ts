import { type Coordinator, startCoordinator } from '../coordinator/coordinator.ts';
import type { ReportedResult } from '../coordinator/coordinated-job.ts';
import type { JobPayload } from '../standin/payload.ts';
import type { World } from '../support/world.ts';
import { type RunnerOptions, type RunnerSignal, startRealRunner, TOKEN } from './real-runner.ts';

/** The same of `JobResult` as GitLab gets to know, and what the driver was called for. */
export interface RealResult {
  /** `running`: the runner has ended without a word about the job. */
  readonly state: ReportedResult['state'] | 'running';
  readonly failureReason: string | undefined;
  readonly exitCode: number | undefined;
  readonly log: Buffer;
  /** `config`, `prepare`, `cleanup`, or the run stage's name, in order. */
  readonly stages: readonly string[];
  /** The runner's own log. */
  readonly runnerLog: string;
}

export interface RealJob {
  /** Settles when the runner has ended, which it is told to as soon as it has reported the job. */
  readonly done: Promise<RealResult>;
  cancel(): void;
  forceCancel(): void;
  signalRunner(signal: RunnerSignal): void;
}

export interface RealOptions extends RunnerOptions {
  readonly onLog?: ((chunk: Buffer) => void) | undefined;
  /** One for several jobs, made with `TOKEN`. Who made it closes it. */
  readonly coordinator?: Coordinator;
}

/** One job in a real GitLab Runner with a GitLab of its own. */
export async function startRealJob(world: World, job: JobPayload, options: RealOptions = {}): Promise<RealJob> {
  const coordinator = options.coordinator ?? (await startCoordinator(TOKEN));
  const coordinated = coordinator.queue(job, options.onLog);
  const runner = await startRealRunner(world, coordinator.url, options);

  async function finish(): Promise<RealResult> {
    try {
      const reported = await Promise.race([coordinated.done, runner.exited.then(() => undefined)]);
      const runnerLog = await runner.end();
      const noWord = { state: 'running', failureReason: undefined, exitCode: undefined, log: coordinated.log } as const;
      return { ...(reported ?? noWord), stages: await runner.stagesOf(job.id), runnerLog };
    } finally {
      if (coordinator !== options.coordinator) await coordinator.close();
    }
  }

  return {
    done: finish(),
    cancel: () => coordinated.cancel(),
    forceCancel: () => coordinated.forceCancel(),
    signalRunner: (signal) => runner.signal(signal),
  };
}
