import { afterAll, afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { plainText, startWorld, type World } from '../support/world.ts';
import { onRealRunner, onStandIn, type Outcome, type Running, type Start, startAnd } from './both-runners.ts';
import { jobPayload } from '../standin/job.ts';
import { gitAvailable, startGitServer } from '../support/git-server.ts';
import { type Case, CASES } from './cases.ts';
import { comparableLog } from './comparable-log.ts';
import { comparison } from './comparison.ts';
import { GITLAB_RUNNER } from './run-real.ts';

let world: World;
afterEach(() => world.stop());

/** By case and runner. */
const outcomes = new Map<string, Map<string, Outcome>>();
const logs = new Map<string, string>();
afterAll(() => console.log(comparison(CASES, outcomes)));

const RUNNERS = [
  { name: 'stand-in', start: onStandIn, skip: false },
  { name: 'real runner', start: onRealRunner, skip: GITLAB_RUNNER === '' },
];

/** A repository that only the job's own token may read. */
async function served(files: Readonly<Record<string, string>>): Promise<{ url: string; sha: string }> {
  const credentials = { user: 'gitlab-ci-token', password: jobPayload().token };
  const server = await startGitServer({ files, credentials });
  onTestFinished(() => server.close());
  return server;
}

async function check(each: Case, runner: string, start: Start): Promise<void> {
  world = await startWorld(each.world);
  const job = each.sources ? { ...each.job, repository: await served(each.sources) } : each.job;
  const act = (running: Running): void => each.when?.act(running, world);
  const outcome = await startAnd(start, world, { job, text: each.when?.text ?? '', act });
  outcomes.set(each.name, (outcomes.get(each.name) ?? new Map<string, Outcome>()).set(runner, outcome));
  logs.set(`${runner}: ${each.name}`, comparableLog(outcome.log, world));

  const { state, failureReason, exitCode, stages } = outcome;
  expect({ state, failureReason, exitCode }).toEqual(each.expected);
  expect(stages).toEqual(each.stages);
  const text = plainText(outcome.log);
  for (const pattern of each.log ?? []) expect(text).toMatch(pattern);
  for (const pattern of each.notInLog ?? []) expect(text).not.toMatch(pattern);
  await world.nothingLeft();
  expect(await world.records()).toEqual([]);
}

const GIT = gitAvailable();

for (const { name: runner, start, skip } of RUNNERS) {
  describe.skipIf(skip)(`a job on the ${runner}${skip ? ' (skipped: GITLAB_RUNNER names no binary)' : ''}`, () => {
    for (const each of CASES) {
      const lacksGit = !GIT && (each.sources ?? each.job.repository) !== undefined;
      it.skipIf(lacksGit)(`${each.name}${lacksGit ? ' (needs git)' : ''}`, () => check(each, runner, start));
    }
  });
}

describe.skipIf(GITLAB_RUNNER === '')('the log of a job on both runners is the same', () => {
  it.each(CASES.map((each) => [each.name, each] as const))('%s', (name, { logEndsEarly = false }) => {
    const [standIn, real] = [logs.get(`stand-in: ${name}`), logs.get(`real runner: ${name}`)];
    expect(real).toBe(logEndsEarly ? standIn?.slice(0, real?.length) : standIn);
  });
});
