import type { TestContext } from 'vitest';
import { jobPayload, type JobFields } from '../standin/job.ts';
import { driverOf } from '../standin/run-job.ts';
import { startRunnerProcess } from '../standin/runner-process.ts';
import type { RunnerSettings } from '../standin/settings.ts';
import { DRIVER } from '../support/bundle.ts';
import type { World } from '../support/world.ts';
import type { RunnerSignal } from './real-runner.ts';
import { type RealResult, startRealJob } from './run-real.ts';
import type { RunnerTimes } from './runner-config.ts';

/** What a job's end is compared by. */
export type Outcome = Omit<RealResult, 'runnerLog'>;

/** What can happen to a job from outside. */
export interface Running {
  readonly done: Promise<Outcome>;
  cancel(): void;
  forceCancel(): void;
  signalRunner(signal: RunnerSignal): void;
}

interface StartOptions {
  readonly onLog: (chunk: Buffer) => void;
  readonly times: RunnerTimes;
  /** For what has to be done whatever becomes of the test. */
  readonly onTestFinished: TestContext['onTestFinished'];
}

export type Start = (world: World, fields: JobFields, options: StartOptions) => Promise<Running>;

export const onStandIn: Start = (world, fields, { onLog, times }) => {
  const job = world.start(fields, { onLog, settings: standInTimes(times) });
  const done = job.done.then((result) => ({ ...result, stages: result.calls.map((call) => call.stage) }));
  const signalRunner = (signal: RunnerSignal): void => {
    if (signal === 'SIGKILL') throw new Error('a stand-in within the test cannot be killed');
    job.signalRunner(signal);
  };
  return Promise.resolve({ ...job, signalRunner, done });
};

/** A runner that may end before its job; its own process is the driver's parent. GitLab cannot reach it. */
export const onStandInProcess: Start = async (world, fields, { onLog, times, onTestFinished }) => {
  const stages: string[] = [];
  const log: Buffer[] = [];
  const runner = await startRunnerProcess({
    driver: driverOf([process.execPath, DRIVER], ['--config', world.settingsFile]),
    job: jobPayload(fields),
    environment: world.environment,
    settings: standInTimes(times),
    onStage: (stage) => void stages.push(stage),
    onLog: (chunk) => {
      log.push(chunk);
      onLog(chunk);
    },
  });
  onTestFinished(() => runner.kill('SIGKILL'));
  const unreachable = (): never => {
    throw new Error('GitLab cannot reach a stand-in in a process of its own');
  };
  return {
    done: runner.done.then((result) => {
      const noWord = { state: 'running', failureReason: undefined, exitCode: undefined } as const;
      return { ...noWord, ...result, stages, log: Buffer.concat(log) };
    }),
    cancel: unreachable,
    forceCancel: unreachable,
    signalRunner: (signal) => runner.kill(signal),
  };
};

export const onRealRunner: Start = async (world, fields, { onLog, times, onTestFinished }) => {
  const job = await startRealJob(world, jobPayload(fields), { onLog, times });
  // A test that has given up leaves no runner behind.
  onTestFinished(() => job.signalRunner('SIGKILL'));
  return job;
};

/** The same times for the stand-in, which knows them in milliseconds. */
function standInTimes(times: RunnerTimes): Partial<RunnerSettings> {
  const names = {
    shutdown_timeout: 'shutdownTimeoutMs',
    config_exec_timeout: 'configExecTimeoutMs',
    prepare_exec_timeout: 'prepareExecTimeoutMs',
    cleanup_exec_timeout: 'cleanupExecTimeoutMs',
    graceful_kill_timeout: 'gracefulKillTimeoutMs',
  } as const satisfies Record<keyof RunnerTimes, keyof RunnerSettings>;
  return Object.fromEntries(
    Object.entries(times).map(([key, seconds]) => [names[key as keyof RunnerTimes], seconds * 1000]),
  );
}

/** Starts a job and does something as soon as its log shows a text. */
export async function startAnd(
  start: Start,
  world: World,
  {
    job,
    text,
    act,
    ...options
  }: { job: JobFields; text: string; act: (job: Running) => void } & Omit<StartOptions, 'onLog'>,
): Promise<Outcome> {
  let seen = '';
  let acted = false;
  const started: { running?: Running } = {};
  const actWhenSeen = (): void => {
    if (acted || text === '' || !started.running || !seen.includes(text)) return;
    acted = true;
    act(started.running);
  };
  const onLog = (chunk: Buffer): void => {
    seen += chunk.toString('utf8');
    actWhenSeen();
  };
  started.running = await start(world, job, { ...options, onLog });
  // The first lines may come before there is a job to act on.
  actWhenSeen();
  return started.running.done;
}
