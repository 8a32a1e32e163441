import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from '../../build.ts';
import { jobPayload, type JobFields } from '../standin/job.ts';
import { DRIVER } from '../support/bundle.ts';
import { prepareJob } from '../support/prepared-job.ts';
import { startWorld, type World } from '../support/world.ts';
import { compare, type Figures, figuresOf } from './measure.ts';
import { contenders, type Programs, programsFor, timed } from './programs.ts';

/**
 * `npm run bench`: what the driver costs, against peers that are measured in the same run, in turns. Ratios are what counts; the figures
 * themselves belong to this machine.
 */
const MEBIBYTE = 1024 * 1024;
const WAITING_JOBS = 20;

const out = (text: string): void => void process.stdout.write(`${text}\n`);

async function main(): Promise<void> {
  await build();
  const processor = cpus()[0]?.model ?? 'unknown processor';
  out(
    `Node ${process.version}, ${cpus().length} x ${processor}, ${Math.round(totalmem() / 1024 ** 3)} GiB, Linux ${release()}`,
  );
  out(
    'Medians, with the middle half of the rounds in brackets; contenders take turns. Agents are process machines of the emulator.\n',
  );
  // Helper stages find a program that does nothing.
  const world = await startWorld({ settings: 'order = "configured"', gitlabRunner: '/bin/true' });
  try {
    const prepared = await prepareJob(world);
    const programs = await programsFor(world, prepared);
    table('config, against an empty program (ms)', await compareConfig(world, prepared.environment), 'node -e 0');
    table(
      'run of a trivial script, connection included (ms)',
      await compare(20, contenders(programs, 'echo done\n')),
      PEER,
    );
    const megabytes = `head -c ${100 * MEBIBYTE} /dev/zero\n`;
    table('run that writes 100 MiB (ms)', await compare(5, contenders(programs, megabytes)), PEER);
    const lines = 'i=0; while [ $i -lt 10000 ]; do echo "line $i of the log"; i=$((i+1)); done\n';
    table('run that writes 10,000 lines (ms)', await compare(10, contenders(programs, lines)), PEER);
    table('delay of a line (ms)', await delays(programs), PEER);
    await memory(programs, world);
    await prepared.cleanup();
    await wholeJobs(world);
  } finally {
    await world.stop();
  }
}

const PEER = 'minimal ssh2 program';

const compareConfig = (world: World, environment: Readonly<Record<string, string>>) => {
  const node = process.execPath;
  return compare(30, [
    {
      name: 'driver',
      run: async () =>
        (await timed([node, DRIVER, 'config', '--config', world.settingsFile], environment)).milliseconds,
    },
    { name: 'node -e 0', run: async () => (await timed([node, '-e', '0'], environment)).milliseconds },
  ]);
};

/** Each line carries its own time; what the script's clock and ours are apart is nothing, on one machine. @returns the median of each round. */
function delays(programs: Programs): Promise<readonly Figures[]> {
  const script = 'for i in $(seq 60); do date +%s%N; sleep 0.02; done\n';
  const measure = async (run: Programs['driver']): Promise<number> => {
    const found: number[] = [];
    await run(script, (chunk, at) => {
      for (const line of chunk.toString().split('\n')) if (/^\d{19}$/.test(line)) found.push(at - Number(line) / 1e6);
    });
    // Date.now() has whole milliseconds: half a one too little on the average.
    return figuresOf('', found).median + 0.5;
  };
  return compare(5, [
    { name: 'driver', run: () => measure(programs.driver) },
    { name: PEER, run: () => measure(programs.minimal) },
  ]);
}

/** Proportional set size: what is shared with other processes counts by its share. At first, and when the watch over the group has begun. */
async function memory(programs: Programs, world: World): Promise<void> {
  const script = join(world.folder, 'waits');
  await writeFile(script, 'echo started; sleep 600\n');
  const [program, ...args] = programs.driverCommand(script);
  const jobs = Array.from({ length: WAITING_JOBS }, () =>
    spawn(program, args, { env: programs.driverEnvironment, stdio: ['ignore', 'pipe', 'ignore'] }),
  );
  await Promise.all(jobs.map(({ stdout }) => once(stdout, 'data')));
  const idle = spawn(process.execPath, ['-e', 'setTimeout(() => undefined, 1e6)'], { stdio: 'ignore' });
  for (const [when, seconds] of Object.entries({ 'after 5 s': 5, 'after 40 s, its group watched': 35 })) {
    await sleep(seconds * 1000);
    const sizes = await Promise.all(jobs.map(({ pid }) => proportionalSetSize(pid ?? 0)));
    const peer = await proportionalSetSize(idle.pid ?? 0);
    if (peer === undefined || sizes.some((size) => size === undefined))
      return out('memory: this system does not tell PSS\n');
    const { median, spread } = figuresOf('', sizes as number[]);
    out(
      `memory of a waiting run stage, ${WAITING_JOBS} at a time, ${when} (PSS): ${text(median)} MiB (${spread.map(text).join(' to ')}); an idle node: ${text(peer)} MiB`,
    );
  }
  out('');
  const all = [...jobs, idle];
  const ended = all.map((job) => once(job, 'exit'));
  for (const job of all) job.kill('SIGKILL');
  await Promise.all(ended);
}

async function proportionalSetSize(pid: number): Promise<number | undefined> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  const kib = /^Pss:\s+(\d+) kB/m.exec(rollup)?.[1];
  return kib === undefined ? undefined : Number(kib) / 1024;
}

/** Everything that a job can have, and nothing in it: twelve calls of the driver. */
const { id, token } = jobPayload();
const EVERY_STAGE: JobFields = {
  id: id + 1,
  image: 'alpine:3.20',
  script: ['true'],
  afterScript: ['true'],
  cache: [{ key: 'k', paths: ['vendor/'] }],
  artifacts: [{ paths: ['dist/'] }],
  dependencies: [{ id, token, name: 'before', artifacts_file: { filename: 'artifacts.zip', size: 1 } }],
};

/** A job with every stage, from config to cleanup, in a cloud that takes a tenth of a second for everything. */
async function wholeJobs(world: World): Promise<void> {
  const before = world.emulator.requests().length;
  let processes = 0;
  const rounds = 5;
  const figures = await compare(rounds, [
    {
      name: 'whole job',
      run: async () => {
        const startedAt = performance.now();
        const { calls, state } = await world.run(EVERY_STAGE);
        if (state !== 'success') throw new Error(`a job that is measured ended as ${state}`);
        processes = calls.length;
        return performance.now() - startedAt;
      },
    },
    {
      name: 'node -e 0',
      run: async () => (await timed([process.execPath, '-e', '0'], world.environment)).milliseconds,
    },
  ]);
  table(`a whole job of ${processes} processes (ms)`, figures, 'node -e 0');
  const calls = (world.emulator.requests().length - before) / (rounds + 1);
  out(`API calls a job: ${text(calls)}`);
}

function table(title: string, figures: readonly Figures[], peer: string): void {
  const against = figures.find((each) => each.name === peer)?.median ?? Number.NaN;
  out(title);
  for (const { name, median, spread, rounds } of figures) {
    const ratio = name === peer ? '' : `${(median / against).toFixed(2)} x ${peer}`;
    out(`  ${name.padEnd(22)} ${text(median).padStart(9)}  (${spread.map(text).join(' to ')}; ${rounds})  ${ratio}`);
  }
  out('');
}

const text = (value: number): string => (value < 10 ? value.toFixed(2) : value.toFixed(1));

await main();
