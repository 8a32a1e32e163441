import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from '../../build.ts';
import { FAULTS, possible } from './faults.ts';
import { isClean } from './judge.ts';
import { plan } from './plan.ts';
import { runPlan } from './run.ts';
import { faultTable, markdownOf, storyOf, tableOf, troubleOf } from './show.ts';
import { type Judged, tally, total } from './tally.ts';

/**
 * `npm run chaos`: whole jobs through the built driver on the emulator, with faults that follow from a seed. Ends with 1 when a job has another
 * colour than was known before it started, a byte of its log is missing, a group is left, or a fault found nothing to hit.
 */
const print = (text: string): void => void process.stdout.write(`${text}\n`);

const TOLD_EVERY = 25;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    faults: { type: 'string', default: '1000' },
    jobs: { type: 'string', default: '250' },
    machines: { type: 'string', default: 'processes' },
    parallel: { type: 'string', default: '4' },
    /** One job of the plan alone. */
    only: { type: 'string' },
    /** Nothing is run; the plan is shown. */
    plan: { type: 'boolean', default: false },
    /** Nothing is run; the kinds of faults are shown as docs/chaos.md has them. */
    list: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
  },
});

function number(name: 'seed' | 'faults' | 'jobs' | 'parallel' | 'only', text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} ${text} is no number`);
  return Number(text);
}

async function main(): Promise<boolean> {
  const { machines } = values;
  if (machines !== 'processes' && machines !== 'containers') throw new Error('--machines is processes or containers');
  const rows = possible({ machines, root: process.getuid?.() === 0 });
  const seed = number('seed', values.seed);
  const options = { seed, faults: number('faults', values.faults), jobs: number('jobs', values.jobs), rows };
  const only = values.only === undefined ? undefined : number('only', values.only);
  const jobs = plan(options).filter((job) => only === undefined || job.number === only);
  if (values.list) {
    print(faultTable(FAULTS));
    return true;
  }
  if (values.plan) {
    for (const job of jobs) print(`job ${job.number}: ${job.colour}\n  ${storyOf(job)}`);
    return true;
  }
  await build();
  const logs = await mkdtemp(join(tmpdir(), 'chaos-'));
  const repeat = `npm run chaos -- --seed ${seed} --faults ${options.faults} --jobs ${options.jobs} --machines ${machines}`;
  let over = 0;
  const tell = (judged: Judged): void => {
    if (++over % TOLD_EVERY === 0) print(`${over} jobs are over`);
    if (isClean(judged.verdict)) return;
    const { number: job } = judged.job;
    const file = join(logs, `${seed}-${job}.log`);
    void writeFile(file, judged.observed.log);
    print(`${troubleOf(judged)}\n  its log: ${file}; once more: ${repeat} --only ${job}`);
  };
  const startedAt = Date.now();
  const judged = await runPlan(jobs, { machines, parallel: number('parallel', values.parallel), each: tell });
  const figures = [...tally(judged, rows).filter(({ times }) => times > 0), total(judged)];
  print(`\n${repeat}: ${jobs.length} jobs in ${((Date.now() - startedAt) / 60_000).toFixed(1)} minutes\n`);
  print(values.markdown ? markdownOf(figures) : tableOf(figures));
  return judged.every(({ verdict }) => isClean(verdict));
}

process.exitCode = (await main()) ? 0 : 1;
