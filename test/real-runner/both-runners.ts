import { onTestFinished } from 'vitest';
import { jobPayload, type JobFields } from '../standin/job.ts';
import type { World } from '../support/world.ts';
import { startRealJob } from './run-real.ts';

/** What a job's end is compared by. */
export interface Outcome {
  readonly state: string;
  readonly failureReason: string | undefined;
  readonly exitCode: number | undefined;
  readonly log: Buffer;
  /** What the driver was called for, in order. */
  readonly stages: readonly string[];
}

/** What can happen to a job from outside. */
export interface Running {
  readonly done: Promise<Outcome>;
  cancel(): void;
  forceCancel(): void;
  signalRunner(signal: 'SIGTERM' | 'SIGINT' | 'SIGQUIT'): void;
}

export type Start = (world: World, fields: JobFields, onLog: (chunk: Buffer) => void) => Promise<Running>;

export const onStandIn: Start = (world, fields, onLog) => {
  const job = world.start(fields, { onLog });
  const done = job.done.then((result) => ({ ...result, stages: result.calls.map((call) => call.stage) }));
  return Promise.resolve({ ...job, done });
};

export const onRealRunner: Start = async (world, fields, onLog) => {
  const job = await startRealJob(world, jobPayload(fields), { onLog });
  // A test that has given up leaves no runner behind.
  onTestFinished(() => job.signalRunner('SIGKILL'));
  return job;
};

/** Starts a job and does something as soon as its log shows a text. */
export async function startAnd(
  start: Start,
  world: World,
  { job, text, act }: { job: JobFields; text: string; act: (job: Running) => void },
): Promise<Outcome> {
  let seen = '';
  let acted = false;
  const running = await start(world, job, (chunk) => {
    seen += chunk.toString('utf8');
    if (acted || text === '' || !seen.includes(text)) return;
    acted = true;
    act(running);
  });
  return running.done;
}
