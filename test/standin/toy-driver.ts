import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { jobPayload, type JobFields } from './job.ts';
import type { JobResult } from './job-run.ts';
import { driverOf, startJob, type JobOptions, type RunningJob } from './run-job.ts';

export const TOY_DRIVER = driverOf([fileURLToPath(new URL('toy-driver.sh', import.meta.url))]);

/** A call as the toy driver saw it. */
export interface RecordedCall {
  readonly stage: string;
  readonly args: readonly string[];
  /** In the order in which it was passed. */
  readonly env: ReadonlyMap<string, string>;
  readonly cwd: string;
  /** Permissions of the temporary folder, the response file and the script. */
  readonly modes: readonly string[];
  readonly response: string;
  readonly script: string | undefined;
}

/** A finished job with what the driver saw. */
export interface ToyResult extends JobResult {
  readonly text: string;
  readonly recorded: readonly RecordedCall[];
  /** The stages of all calls, in order. */
  readonly stages: readonly string[];
  readonly home: string;
}

export interface ToyJob extends Omit<RunningJob, 'done'> {
  readonly home: string;
  readonly done: Promise<ToyResult>;
}

type ToyOptions = Partial<JobOptions> & {
  readonly fields?: JobFields;
  /** What the driver does in a stage, in bash, instead of its usual work. */
  readonly actions?: Readonly<Record<string, string>>;
};

/** A job with the toy driver in a folder of its own, which the end of the test removes together with every process left. */
export function toyJobOptions({ fields, actions = {}, ...options }: ToyOptions = {}): {
  home: string;
  options: JobOptions;
} {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'toy-')));
  for (const folder of ['calls', 'tmp']) mkdirSync(join(home, folder));
  const { environment, settings, onStage, ...others } = options;
  const pids: number[] = [];
  onTestFinished(() => {
    pids.forEach(killGroup);
    rmSync(home, { recursive: true, force: true });
  });
  return {
    home,
    options: {
      driver: TOY_DRIVER,
      job: jobPayload(fields),
      environment: {
        PATH: process.env.PATH,
        TMPDIR: join(home, 'tmp'),
        TOY_HOME: home,
        ...Object.fromEntries(Object.entries(actions).map(([stage, action]) => [`TOY_${stage}`, action])),
        ...environment,
      },
      settings: {
        gracefulKillTimeoutMs: 20_000,
        forceKillTimeoutMs: 5_000,
        preparationRetryIntervalMs: 1,
        stageRetryPauseMs: 1,
        ...settings,
      },
      onStage: (stage, pid) => {
        pids.push(pid);
        onStage?.(stage, pid);
      },
      ...others,
    },
  };
}

export function startToyJob(given: ToyOptions = {}): ToyJob {
  const { home, options } = toyJobOptions(given);
  const job = startJob(options);
  const done = job.done.then((result) => {
    const recorded = readCalls(join(home, 'calls'));
    const stages = recorded.map(({ stage }) => stage);
    return { ...result, text: result.log.toString('utf8'), recorded, stages, home };
  });
  return { ...job, home, done };
}

/** Acts as soon as a line of this text comes out of the driver, once: the moment at which a driver is known to be ready for it. */
export function actOn(text: string, act: () => void): (chunk: Buffer) => void {
  let seen = '';
  let acted = false;
  return (chunk) => {
    seen += chunk.toString('utf8');
    if (acted || !seen.includes(`${text}\n`)) return;
    acted = true;
    act();
  };
}

export const runToyJob = (options: ToyOptions = {}): Promise<ToyResult> => startToyJob(options).done;

export function readCalls(folder: string): RecordedCall[] {
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const read = (file: string): string => readFileSync(join(folder, name, file), 'utf8');
      const stage = name.slice(3);
      const args = read('args').split('\0').slice(0, -1);
      const pairs = read('environ').split('\0').slice(0, -1);
      return {
        stage,
        args,
        env: new Map(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)])),
        cwd: read('cwd').trim(),
        modes: read('modes')
          .trim()
          .split('\n')
          .map((line) => line.split(' ')[0] ?? ''),
        response: read('response.json'),
        script: args[0] === 'run' ? read('script') : undefined,
      };
    });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended long ago.
  }
}
