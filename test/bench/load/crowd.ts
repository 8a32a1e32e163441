import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobResult } from '../../standin/job-run.ts';
import type { RunningJob } from '../../standin/run-job.ts';
import type { World } from '../../support/world.ts';
import { type ProcessCost, processCost } from './process-cost.ts';

export interface Crowd {
  readonly results: readonly JobResult[];
  /** Of the `run` stages that waited at the same time; empty when not all of the jobs came so far. */
  readonly waiting: readonly ProcessCost[];
}

/** Milliseconds until the scripts may end although some job has not come to its script. */
const PATIENCE = 600_000;

/** Milliseconds after the last script's start: what a start takes is given back by then. */
const SETTLED = 5000;

/**
 * Starts jobs whose scripts wait for one another, so that all of them run at the same time. Every fourth script fails, with an exit code of its own.
 * @param within milliseconds in which they start, one after the other.
 */
export async function crowd(world: World, jobs: number, within: number): Promise<Crowd> {
  const folder = join(world.scratch, 'crowd');
  await mkdir(folder);
  const go = join(folder, 'go');
  const running: RunningJob[] = [];
  const scripts: number[] = [];
  for (let index = 0; index < jobs; index++) {
    const waits = [`touch ${folder}/here-${index}`, `until [ -e ${go} ]; do sleep 3; done`];
    const script = [...waits, `exit ${expected(index).code}`];
    const onStage = (stage: string, pid: number): void => void (stage === 'build_script' && scripts.push(pid));
    running.push(world.start({ id: 1000 + index, image: 'alpine:3.20', script }, { onStage }));
    await sleep(within / jobs);
  }
  let ended = false;
  const done = Promise.all(running.map((each) => each.done)).finally(() => (ended = true));
  const deadline = Date.now() + PATIENCE;
  const here = async (): Promise<number> => (await readdir(folder)).length;
  while ((await here()) < jobs && !ended && Date.now() < deadline) await sleep(500);
  await sleep(SETTLED);
  const costs = (await here()) < jobs ? [] : await Promise.all(scripts.map(processCost));
  await writeFile(go, '');
  return { results: await done, waiting: costs.filter((cost) => cost !== undefined) };
}

/** How the job of this number has to end. */
function expected(index: number): { readonly state: JobResult['state']; readonly code: number } {
  return index % 4 === 3 ? { state: 'failed', code: 40 + (index % 7) } : { state: 'success', code: 0 };
}

/** Jobs whose colour or exit code is not that of their script. */
export const wrongColours = (results: readonly JobResult[]): readonly JobResult[] =>
  results.filter(({ state, exitCode }, index) => {
    const { state: right, code } = expected(index);
    return state !== right || (exitCode ?? 0) !== code;
  });
