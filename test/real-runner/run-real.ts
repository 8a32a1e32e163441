import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Coordinator, startCoordinator } from '../coordinator/coordinator.ts';
import type { ReportedResult } from '../coordinator/coordinated-job.ts';
import type { JobPayload } from '../standin/payload.ts';
import { settlesWithin } from '../standin/within.ts';
import type { World } from '../support/world.ts';
import { RECORDING_DRIVER, runnerConfig } from './runner-config.ts';

/** Where the binary is; nobody need have one. */
export const GITLAB_RUNNER = process.env.GITLAB_RUNNER ?? '';

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
  signalRunner(signal: 'SIGTERM' | 'SIGINT' | 'SIGQUIT' | 'SIGKILL'): void;
}

export interface RealOptions {
  readonly onLog?: ((chunk: Buffer) => void) | undefined;
  readonly shutdownTimeoutSeconds?: number;
  /** One for several jobs, made with `TOKEN`. Who made it closes it. */
  readonly coordinator?: Coordinator;
  /** More lines of `[[runners]]` in `config.toml`, tables below it last. */
  readonly runnerSettings?: string;
  /** Off, so that logs are easy to compare, if not given. */
  readonly timestamps?: boolean;
}

/** The runner's. */
export const TOKEN = 'glrt-real-runner-test';

/** An idle runner ends at once; this is for one that does not. */
const EXIT_WITHIN_MS = 10_000;

/** One job in a real GitLab Runner with a GitLab of its own. */
export async function startRealJob(world: World, job: JobPayload, options: RealOptions = {}): Promise<RealJob> {
  const coordinator = options.coordinator ?? (await startCoordinator(TOKEN));
  const coordinated = coordinator.queue(job, options.onLog);
  const folder = await mkdtemp(join(world.folder, 'runner-'));
  const [config, driver, calls] = [join(folder, 'config.toml'), join(folder, 'driver'), join(folder, 'calls')];
  await writeFile(driver, RECORDING_DRIVER, { mode: 0o755 });
  await writeFile(calls, '');
  await writeFile(
    config,
    runnerConfig({
      url: coordinator.url,
      token: TOKEN,
      driver: [driver, calls],
      settingsFile: world.settingsFile,
      shutdownTimeoutSeconds: options.shutdownTimeoutSeconds ?? 30,
      more: options.runnerSettings ?? '',
      timestamps: options.timestamps ?? false,
    }),
  );

  const runner = spawn(GITLAB_RUNNER, ['run', '--config', config], {
    cwd: folder,
    env: world.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const runnerLog: Buffer[] = [];
  for (const stream of [runner.stdout, runner.stderr]) stream.on('data', (chunk: Buffer) => void runnerLog.push(chunk));
  // Drivers that outlive their runner keep its pipes open, so its exit counts and not their closing.
  const exited = once(runner, 'exit');

  async function finish(): Promise<RealResult> {
    try {
      const reported = await Promise.race([coordinated.done, exited.then(() => undefined)]);
      runner.kill('SIGQUIT');
      if (!(await settlesWithin(exited, EXIT_WITHIN_MS))) {
        runner.kill('SIGKILL');
        await exited;
      }
      // The pipes of drivers that were left behind must not keep the test's process.
      for (const stream of [runner.stdout, runner.stderr]) stream.destroy();
      return {
        ...(reported ?? { state: 'running', failureReason: undefined, exitCode: undefined, log: coordinated.log }),
        stages: (await readFile(calls, 'utf8')).split('\n').filter((line) => line !== ''),
        runnerLog: Buffer.concat(runnerLog).toString('utf8'),
      };
    } finally {
      if (coordinator !== options.coordinator) await coordinator.close();
    }
  }

  return {
    done: finish(),
    cancel: () => coordinated.cancel(),
    forceCancel: () => coordinated.forceCancel(),
    signalRunner: (signal) => void runner.kill(signal),
  };
}
