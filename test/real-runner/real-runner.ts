import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { settlesWithin } from '../standin/within.ts';
import type { World } from '../support/world.ts';
import { RECORDING_DRIVER, runnerConfig, type RunnerTimes } from './runner-config.ts';

/** Where the binary is; nobody need have one. */
export const GITLAB_RUNNER = process.env.GITLAB_RUNNER ?? '';

/** The runner's. */
export const TOKEN = 'glrt-real-runner-test';

/** What a runner may be told. */
export type RunnerSignal = 'SIGTERM' | 'SIGINT' | 'SIGQUIT' | 'SIGKILL';

export interface RunnerOptions {
  readonly times?: RunnerTimes;
  /** Jobs at once; one if it is not given. */
  readonly concurrent?: number;
  /** More lines of `[[runners]]` in `config.toml`, tables below it last. */
  readonly runnerSettings?: string;
  /** Off, so that logs are easy to compare, if not given. */
  readonly timestamps?: boolean;
}

/** A GitLab Runner that runs, with a folder and a configuration of its own. */
export interface RealRunner {
  /** Settles when its process is over. */
  readonly exited: Promise<unknown>;
  signal(signal: RunnerSignal): void;
  /** What the driver was called for by a job: `config`, `prepare`, `cleanup`, or the run stage's name, in order. */
  stagesOf(job: number): Promise<string[]>;
  /** Tells it to take no more jobs and waits for its end. @returns its own log. */
  end(): Promise<string>;
}

/** An idle runner ends at once; this is for one that does not. */
const EXIT_WITHIN_MS = 10_000;

/** @param url of its GitLab, where `TOKEN` is known. */
export async function startRealRunner(world: World, url: string, options: RunnerOptions = {}): Promise<RealRunner> {
  const folder = await mkdtemp(join(world.folder, 'runner-'));
  const [config, driver, calls] = [join(folder, 'config.toml'), join(folder, 'driver'), join(folder, 'calls')];
  await writeFile(driver, RECORDING_DRIVER, { mode: 0o755 });
  await writeFile(calls, '');
  const { times = {}, concurrent = 1, runnerSettings = '', timestamps = false } = options;
  const told = { times, concurrent, more: runnerSettings, timestamps };
  await writeFile(
    config,
    runnerConfig({ url, token: TOKEN, driver: [driver, calls], settingsFile: world.settingsFile, ...told }),
  );

  const runner = spawn(GITLAB_RUNNER, ['run', '--config', config], {
    cwd: folder,
    env: world.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log: Buffer[] = [];
  for (const stream of [runner.stdout, runner.stderr]) stream.on('data', (chunk: Buffer) => void log.push(chunk));
  // Drivers that outlive their runner keep its pipes open, so its exit counts and not their closing.
  const exited = once(runner, 'exit');
  return {
    exited,
    signal: (signal) => void runner.kill(signal),
    stagesOf: async (job) =>
      (await readFile(calls, 'utf8'))
        .split('\n')
        .map((line) => line.split(' '))
        .filter(([id]) => id === String(job))
        .map(([, stage = '']) => stage),
    end: async () => {
      runner.kill('SIGQUIT');
      if (!(await settlesWithin(exited, EXIT_WITHIN_MS))) {
        runner.kill('SIGKILL');
        await exited;
      }
      // The pipes of drivers that were left behind must not keep the test's process.
      for (const stream of [runner.stdout, runner.stderr]) stream.destroy();
      return Buffer.concat(log).toString('utf8');
    },
  };
}
