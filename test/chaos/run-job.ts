import { setTimeout as sleep } from 'node:timers/promises';
import { type JobFields, jobPayload } from '../standin/job.ts';
import type { JobResult } from '../standin/job-run.ts';
import { driverOf } from '../standin/run-job.ts';
import { startRunnerProcess } from '../standin/runner-process.ts';
import { DRIVER } from '../support/bundle.ts';
import { isAlive } from '../support/is-alive.ts';
import { startWorld, type World, type WorldOptions } from '../support/world.ts';
import { Injection } from './injection.ts';
import { judge, type Observed } from './judge.ts';
import type { PlannedJob } from './plan.ts';
import type { Ground } from './row.ts';
import { type Present, sceneOf } from './scene.ts';
import { textOf } from './script.ts';
import { emptyDisk } from './full-disk.ts';
import { stateDir } from './state-dir.ts';
import type { Judged } from './tally.ts';

export type Machines = NonNullable<WorldOptions['machines']>;

/** Bounds that take minutes in real life. */
const SETTINGS = `
keepalive_interval = 0.5
reconnect_timeout = 30
scheduling_timeout = 2
poll_timeout = 8
cleanup_resources_timeout = 30
`;
/** Long enough that a signal at a random point of prepare finds it at work. */
const DELAYS = `
scheduling = 0.1
schedule_failed = 0.1
image_pull = 0.8
cached_pull = 0.8
start = 0.1
pull_back_off = 0.2
`;
const IMAGE = 'alpine:3.20';
/** KiB: room for a job's files, and little more. */
const STATE_DISK = 512;
const BETWEEN_LOOKS = 50;
/** Milliseconds. Deletions take their moment; a driver whose runner was killed notices it within seconds. */
const [DELETION_TIME, ORPHAN_TIME] = [10_000, 60_000];

/** One job from its world to the last look of the collector, in a cloud of its own, with its faults. */
export async function runJob(job: PlannedJob, machines: Machines): Promise<Judged> {
  const grounds = job.faults.flatMap(({ row, draw }) => row.ground?.(draw) ?? []);
  const world = await startWorld({
    machines,
    settings: SETTINGS,
    delays: DELAYS,
    scenario: scenarioOf(grounds),
    ...(grounds.some(({ smallDisk }) => smallDisk) ? { stateDisk: STATE_DISK } : {}),
  });
  try {
    const observed = await observe(job, world);
    return { job, observed, verdict: judge(job, observed) };
  } finally {
    await world.stop();
  }
}

async function observe(job: PlannedJob, world: World): Promise<Observed> {
  const { emulator } = world;
  const present: Present = { driver: 0, killRunner: undefined };
  const scene = sceneOf(world, present);
  const injection = new Injection(job, scene);
  const log: Buffer[] = [];
  await injection.before();
  const result = await start(job, world, present, {
    onStage: (stage, pid) => {
      present.driver = pid;
      injection.stage(stage);
    },
    onLog: (chunk) => {
      log.push(chunk);
      injection.logged(chunk);
    },
  });
  // Whatever is left of the faults would hit the collector.
  scene.over();
  emulator.clearFaults();
  emulator.skewClock(0);
  await emptyDisk(stateDir(world));
  const left = (): readonly string[] => emulator.report().groups.left.map(({ id }) => id);
  const groupGone = await waited(
    () => left().length === 0 && (result !== undefined || !isAlive(present.driver)),
    result === undefined && isAlive(present.driver) ? ORPHAN_TIME : DELETION_TIME,
  );
  if (left().length > 0) {
    for (let pass = 0; pass < 2; pass++) await scene.collect();
    await waited(() => left().length === 0, DELETION_TIME);
  }
  const stages = (result?.calls ?? []).flatMap(({ endedAt }) => endedAt ?? []);
  return {
    colour: colourIn(result),
    log: Buffer.concat(log),
    groupsLeft: left(),
    faults: await injection.over({ stages, group: groupGone }),
  };
}

/** @returns the moment at which it was so, in milliseconds of the clock. */
async function waited(isSo: () => boolean, most: number): Promise<number | undefined> {
  for (const deadline = Date.now() + most; !isSo(); await sleep(BETWEEN_LOOKS))
    if (Date.now() > deadline) return undefined;
  return Date.now();
}

interface Watching {
  readonly onStage: (stage: string, pid: number) => void;
  readonly onLog: (chunk: Buffer) => void;
}

async function start(
  job: PlannedJob,
  world: World,
  present: Present,
  watching: Watching,
): Promise<JobResult | undefined> {
  const fields: JobFields = { id: job.number, image: IMAGE, timeoutSeconds: 600 };
  const options = { bodies: bodiesOf(job), ...watching };
  if (!job.faults.some(({ row }) => row.ownRunner)) return world.run(fields, options);
  const runner = await startRunnerProcess({
    driver: driverOf([process.execPath, DRIVER], ['--config', world.settingsFile]),
    job: jobPayload(fields),
    environment: world.environment,
    settings: { preparationRetryIntervalMs: 50 },
    ...options,
  });
  present.killRunner = () => runner.kill('SIGKILL');
  return runner.done;
}

/** Stages that last long enough to be hit, and need nothing. */
function bodiesOf({ script, saves }: PlannedJob): Readonly<Record<string, string>> {
  const runs = (stage: string): string => `echo "${stage} runs"; sleep 0.5\n`;
  const upload = saves ? runs('upload') : '';
  return {
    prepare_script: runs('prepare_script'),
    get_sources: runs('get_sources'),
    step_script: textOf(script),
    after_script: runs('after_script'),
    upload_artifacts_on_success: upload,
    upload_artifacts_on_failure: upload,
    cleanup_file_variables: runs('cleanup_file_variables'),
  };
}

function scenarioOf(grounds: readonly Ground[]): string {
  const images = grounds.flatMap(({ image }) => image ?? []);
  const answers = grounds.flatMap(({ stock }) => stock ?? []);
  return [
    ...images.map((rule) => `[[image]]\nname = "${IMAGE}"\n${rule}`),
    ...(grounds.some(({ soldOut }) => soldOut) ? ['[[stock]]\nanswers = ["no-stock"]'] : []),
    ...(answers.length > 0 ? [`[[stock]]\nanswers = ${JSON.stringify([...answers, 'available'])}`] : []),
  ].join('\n');
}

function colourIn(result: JobResult | undefined): string {
  if (result === undefined) return 'no word';
  const { state, failureReason, exitCode } = result;
  if (state === 'success') return 'green';
  if (failureReason === 'runner_system_failure') return 'system failure';
  return failureReason === 'script_failure' ? `red ${exitCode}` : `${state}, ${failureReason}`;
}
