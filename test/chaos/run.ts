import type { PlannedJob } from './plan.ts';
import { type Machines, runJob } from './run-job.ts';
import type { Judged } from './tally.ts';

export interface RunOptions {
  readonly machines: Machines;
  /** So many jobs at a time. */
  readonly parallel: number;
  /** Called as each job is over. */
  readonly each?: (judged: Judged) => void;
}

/** Runs the jobs of a plan. Resolves with all of them, in the order of the plan. */
export async function runPlan(
  jobs: readonly PlannedJob[],
  { machines, parallel, each }: RunOptions,
): Promise<readonly Judged[]> {
  const waiting = [...jobs];
  const judged: Judged[] = [];
  const lane = async (): Promise<void> => {
    for (let job = waiting.shift(); job; job = waiting.shift()) {
      const one = await runJob(job, machines);
      judged.push(one);
      each?.(one);
    }
  };
  await Promise.all(Array.from({ length: parallel }, lane));
  return judged.sort((a, b) => a.job.number - b.job.number);
}
