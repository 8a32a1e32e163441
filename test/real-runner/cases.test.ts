import { afterAll, describe, expect, it, type TestContext } from 'vitest';
import { isAllowedToFail } from '../coordinator/allow-failure.ts';
import { jobPayload, type JobFields } from '../standin/job.ts';
import { gitAvailable, startGitServer } from '../support/git-server.ts';
import { startSilentServer } from '../support/silent-server.ts';
import { plainText, startWorld, type World } from '../support/world.ts';
import { onRealRunner, onStandIn, onStandInProcess, type Running, startAnd } from './both-runners.ts';
import type { Case } from './cases/case.ts';
import { CASES } from './cases/index.ts';
import { comparableLog } from './comparable-log.ts';
import { comparison, type End } from './comparison.ts';
import { GITLAB_RUNNER } from './real-runner.ts';

const RUNNERS = [
  { name: 'stand-in', skip: false },
  { name: 'real runner', skip: GITLAB_RUNNER === '' },
] as const;
type Runner = (typeof RUNNERS)[number]['name'];

/** By runner and case. */
const ends = new Map<string, End>();
const logs = new Map<string, string>();
const key = (runner: Runner, { name }: Case): string => `${runner}: ${name}`;

afterAll(() => {
  const end = (runner: Runner, each: Case) => ends.get(key(runner, each));
  const rows = CASES.map((each) => {
    const [standIn, real] = [end('stand-in', each), end('real runner', each)];
    return { name: each.name, realOnly: false, ...(standIn && { standIn }), ...(real && { real }) };
  });
  console.log(comparison(rows));
});

/** The job with the repository that it works on, if it has one. */
async function withSources({ job, sources }: Case, { onTestFinished }: TestContext): Promise<JobFields> {
  if (sources === undefined) return job;
  if (sources === 'silent') {
    const server = await startSilentServer();
    onTestFinished(() => server.close());
    return { ...job, repository: { url: `${server.url}/acme/shop.git`, sha: 'f'.repeat(40) } };
  }
  // Only the job's own token may read it.
  const credentials = { user: 'gitlab-ci-token', password: jobPayload().token };
  const server = await startGitServer({ files: sources, credentials });
  onTestFinished(() => server.close());
  return { ...job, repository: server };
}

async function nothingLeft(world: World, { expect }: TestContext): Promise<void> {
  // A driver that was left alone takes some seconds to find out.
  await expect.poll(() => world.emulator.report().groups.left, { timeout: 40_000 }).toEqual([]);
  await expect.poll(() => world.records(), { timeout: 10_000 }).toEqual([]);
}

async function check(each: Case, runner: Runner, context: TestContext): Promise<void> {
  const { expect, onTestFinished } = context;
  const world = await startWorld(each.world);
  onTestFinished(() => world.stop());
  each.before?.(world);
  const start = runner === 'real runner' ? onRealRunner : each.runnerEnds ? onStandInProcess : onStandIn;
  const outcome = await startAnd(start, world, {
    job: await withSources(each, context),
    text: each.when?.text ?? '',
    act: (running: Running): void => each.when?.act(running, world),
    times: each.times ?? {},
    onTestFinished,
  });
  const { state, failureReason, exitCode, stages } = outcome;
  const allowedToFail = isAllowedToFail(each.allowFailure?.exitCodes ?? [], outcome);
  logs.set(key(runner, each), comparableLog(outcome.log, world));
  try {
    await nothingLeft(world, context);
  } finally {
    const groupsLeft = world.emulator.report().groups.left.length;
    ends.set(key(runner, each), { state, failureReason, exitCode, allowedToFail, groupsLeft });
  }
  expect({ state, failureReason, exitCode }).toEqual(each.expected);
  expect(allowedToFail).toBe(each.allowFailure?.allowed ?? false);
  expect(stages).toEqual(each.stages);
  const text = plainText(outcome.log);
  for (const pattern of each.log ?? []) expect(text).toMatch(pattern);
  for (const pattern of each.notInLog ?? []) expect(text).not.toMatch(pattern);
}

const GIT = gitAvailable();

for (const { name: runner, skip } of RUNNERS) {
  const note = skip ? ' (skipped: GITLAB_RUNNER names no binary)' : '';
  describe.skipIf(skip).concurrent(`a job on the ${runner}${note}`, () => {
    for (const each of CASES) {
      const lacksGit = !GIT && (each.sources ?? each.job.repository) !== undefined;
      const title = `${each.name}${lacksGit ? ' (needs git)' : ''}`;
      it.skipIf(lacksGit)(title, { timeout: 120_000 }, (context) => check(each, runner, context));
    }
  });
}

describe.skipIf(GITLAB_RUNNER === '')('the log of a job on both runners is the same', () => {
  it.each(CASES.map((each) => [each.name, each] as const))('%s', (_name, each) => {
    const [standIn = '', real = ''] = [logs.get(key('stand-in', each)), logs.get(key('real runner', each))];
    const length = each.logEndsEarly ? Math.min(standIn.length, real.length) : undefined;
    for (const log of [standIn, real]) expect(log).toContain('Running with gitlab-runner');
    expect(real.slice(0, length)).toBe(standIn.slice(0, length));
  });
});
