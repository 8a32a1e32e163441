import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { plainText, startWorld, type World } from '../support/world.ts';
import { onRealRunner, onStandIn, type Outcome, type Running, startAnd } from './both-runners.ts';
import { CASES } from './cases.ts';
import { comparison } from './comparison.ts';
import { GITLAB_RUNNER } from './run-real.ts';

let world: World;
afterEach(() => world.stop());

const outcomes = new Map<string, Map<string, Outcome>>();
afterAll(() => console.log(comparison(CASES, outcomes)));

const RUNNERS = [
  { name: 'stand-in', start: onStandIn, skip: false },
  { name: 'real runner', start: onRealRunner, skip: GITLAB_RUNNER === '' },
];

for (const { name: runner, start, skip } of RUNNERS) {
  describe.skipIf(skip)(`a job on the ${runner}${skip ? ' (skipped: GITLAB_RUNNER names no binary)' : ''}`, () => {
    it.each(CASES.map((each) => [each.name, each] as const))('%s', async (name, { job, when, ...more }) => {
      world = await startWorld(more.world);
      const act = (running: Running): void => when?.act(running, world);
      const outcome = await startAnd(start, world, { job, text: when?.text ?? '', act });
      outcomes.set(name, (outcomes.get(name) ?? new Map<string, Outcome>()).set(runner, outcome));

      const { state, failureReason, exitCode, stages } = outcome;
      expect({ state, failureReason, exitCode }).toEqual(more.expected);
      expect(stages).toEqual(more.stages);
      const text = plainText(outcome.log);
      for (const pattern of more.log ?? []) expect(text).toMatch(pattern);
      for (const pattern of more.notInLog ?? []) expect(text).not.toMatch(pattern);
      await world.nothingLeft();
      expect(await world.records()).toEqual([]);
    });
  });
}
