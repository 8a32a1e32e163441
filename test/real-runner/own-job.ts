import { afterAll, describe, expect, onTestFinished } from 'vitest';
import { jobPayload, type JobFields } from '../standin/job.ts';
import { plainText, startWorld, type World, type WorldOptions } from '../support/world.ts';
import { GITLAB_RUNNER } from './real-runner.ts';
import { type RealOptions, type RealResult, startRealJob } from './run-real.ts';

/** A whole job that shows the runner's own scripts or what it makes of a log; the stand-in does not imitate those. */
export type OwnJob = RealResult & { readonly text: string };

const ended: string[] = [];

/**
 * Tests that only a real runner can pass. Without one they are skipped, with the reason in their name; with one they tell how each job has ended.
 * @param lacks what else is missing.
 */
export function describeReal(name: string, tests: () => void, lacks = ''): void {
  const missing = GITLAB_RUNNER === '' ? 'GITLAB_RUNNER names no binary' : lacks;
  describe.skipIf(missing !== '')(missing === '' ? name : `${name} (skipped: ${missing})`, () => {
    afterAll(() => console.log(ended.splice(0).join('\n')));
    tests();
  });
}

/** The runner's binary is the `gitlab-runner` of helper containers, too. */
export async function ownWorld(options: WorldOptions = {}): Promise<World> {
  const world = await startWorld({ gitlabRunner: GITLAB_RUNNER, ...options });
  onTestFinished(() => world.stop());
  return world;
}

/** Runs a job to its end, and checks that nothing is left of it. */
export async function runOwn(world: World, fields: JobFields, options: RealOptions = {}): Promise<OwnJob> {
  const job = await startRealJob(world, jobPayload({ image: 'alpine:3.20', ...fields }), options);
  // A test that has given up leaves no runner behind.
  onTestFinished(() => job.signalRunner('SIGKILL'));
  const result = await job.done;
  await world.nothingLeft();
  expect(await world.records()).toEqual([]);
  const { state, failureReason, exitCode, stages } = result;
  const end = [state, failureReason, exitCode].filter((part) => part !== undefined).join(' ');
  ended.push(`${expect.getState().currentTestName} | ${end}, ${stages.length} calls, no group left`);
  return { ...result, text: plainText(result.log) };
}
