import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { jobPayload, type JobFields } from '../standin/job.ts';
import { DRIVER } from '../support/bundle.ts';
import { prepareJob } from '../support/prepared-job.ts';
import { startWorld, type World } from '../support/world.ts';
import { lineDelays } from './line-delay.ts';
import { proportionalSetSize } from './load/process-cost.ts';
import { compare, figuresOf } from './measure.ts';
import { contenders, emptyProgram, MINIMAL, type Programs, programsFor } from './programs.ts';
import { print, rounded, tableOf } from './table.ts';
import { succeeded, timed } from './timed.ts';

const MEBIBYTE = 1024 * 1024;
const WAITING_JOBS = 20;

/** What the driver's own processes cost, its agents being process machines of the emulator: in the same process as this. */
export async function onProcesses(): Promise<void> {
  print('Agents are process machines of the emulator.\n');
  // Helper stages find a program that does nothing.
  const world = await startWorld({
    machines: 'processes',
    settings: 'order = "configured"',
    gitlabRunner: '/bin/true',
  });
  try {
    const prepared = await prepareJob(world);
    const programs = await programsFor(world, prepared);
    const rows = async (title: string, rounds: number, script: string): Promise<void> => {
      const figures = await compare(
        rounds,
        contenders(programs, (run) => run(script)),
      );
      print(tableOf(title, figures, MINIMAL));
    };
    const config = [process.execPath, DRIVER, 'config', '--config', world.settingsFile] as const;
    const configs = { name: 'driver', run: () => succeeded(timed(config, prepared.environment)) };
    const starts = await compare(30, [configs, emptyProgram]);
    print(tableOf('config, against an empty program (ms)', starts, emptyProgram.name));
    await rows('run of a trivial script, connection included (ms)', 20, 'echo done\n');
    await rows('run that writes 100 MiB (ms)', 5, `head -c ${100 * MEBIBYTE} /dev/zero\n`);
    const lines = 'i=0; while [ $i -lt 10000 ]; do echo "line $i of the log"; i=$((i+1)); done\n';
    await rows('run that writes 10,000 lines (ms)', 10, lines);
    print(tableOf('delay of a line (ms)', await compare(5, contenders(programs, lineDelays)), MINIMAL));
    await memory(programs, world);
    await prepared.cleanup();
    await wholeJobs(world);
  } finally {
    await world.stop();
  }
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
      return print('memory: this system does not tell PSS\n');
    const { median, spread } = figuresOf('', sizes as number[]);
    print(
      `memory of a waiting run stage, ${WAITING_JOBS} at a time, ${when} (PSS): ${rounded(median)} MiB (${spread.map(rounded).join(' to ')}); an idle node: ${rounded(peer)} MiB`,
    );
  }
  print('');
  const all = [...jobs, idle];
  const ended = all.map((job) => once(job, 'exit'));
  for (const job of all) job.kill('SIGKILL');
  await Promise.all(ended);
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
    emptyProgram,
  ]);
  print(tableOf(`a whole job of ${processes} processes (ms)`, figures, emptyProgram.name));
  const calls = (world.emulator.requests().length - before) / (rounds + 1);
  print(`API calls a job: ${rounded(calls)}`);
}
