import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type Coordinator, startCoordinator } from '../coordinator/coordinator.ts';
import { jobPayload, type JobFields } from '../standin/job.ts';
import { runCollector } from '../support/collector-calls.ts';
import { plainText, startWorld, type World } from '../support/world.ts';
import { type Case, NO_WORD, SUCCESS } from './cases/case.ts';
import { comparison, type Row } from './comparison.ts';
import { GITLAB_RUNNER, type RealRunner, type RunnerOptions, startRealRunner, TOKEN } from './real-runner.ts';

/** Jobs that run at the same time. */

type Ended = Case['expected'] & { readonly log: Buffer };

let world: World;
/** Where jobs meet. */
let place: string;
beforeEach(async () => {
  world = await startWorld();
  onTestFinished(() => world.stop());
  place = join(world.folder, 'place');
  await mkdir(place);
});

const rows = new Map<string, Row>();
afterAll(() => console.log(comparison([...rows.values()])));

const WAIT = 'for i in $(seq 600); do if met; then break; fi; sleep 0.1; done; met';

/** A job that comes to the place and ends well only if so many are there at the same time. */
const meeting = (id: number, jobs: number, then: readonly string[] = []): JobFields => ({
  id,
  image: 'alpine:3.20',
  variables: { PLACE: place },
  script: [
    'touch "$PLACE/$CI_JOB_ID"',
    `met() { [ "$(ls "$PLACE" | wc -l)" -ge ${jobs} ]; }`,
    WAIT,
    'echo "numbers: $CI_CONCURRENT_ID $CI_CONCURRENT_PROJECT_ID, folder: $CI_PROJECT_DIR;"',
    ...then,
  ],
});

/** What the runner told a job about itself. */
function numbersOf({ log }: Ended): { concurrent: string; ofProject: string; folder: string } {
  const [, concurrent = '', ofProject = '', folder = ''] =
    /^numbers: (\d+) (\d+), folder: (.*);$/m.exec(plainText(log)) ?? [];
  return { concurrent, ofProject, folder };
}

/** Keeps the table's row of jobs that have ended alike. */
function record(row: Pick<Row, 'name' | 'realOnly'>, runner: 'standIn' | 'real', end: Case['expected']): void {
  const groupsLeft = world.emulator.report().groups.left.length;
  rows.set(row.name, { ...row, ...rows.get(row.name), [runner]: { ...end, allowedToFail: false, groupsLeft } });
}

/** Checks that all have succeeded and that nothing is left. */
async function allSucceed(row: Pick<Row, 'name' | 'realOnly'>, runner: 'standIn' | 'real', jobs: readonly Ended[]) {
  await world.nothingLeft();
  expect(await world.records()).toEqual([]);
  expect(jobs).toEqual(jobs.map(() => expect.objectContaining(SUCCESS) as unknown));
  record(row, runner, SUCCESS);
}

async function gitlab(): Promise<Coordinator> {
  const coordinator = await startCoordinator(TOKEN);
  onTestFinished(() => coordinator.close());
  return coordinator;
}

async function startRunner({ url }: Coordinator, options: RunnerOptions = {}): Promise<RealRunner> {
  const runner = await startRealRunner(world, url, options);
  onTestFinished(async () => void (await runner.end()));
  return runner;
}

/** Which of the first two jobs a runner has taken. */
async function jobsOf(runner: RealRunner): Promise<number[]> {
  const stages = [await runner.stagesOf(1), await runner.stagesOf(2)];
  return stages.flatMap((each, index) => (each.length > 0 ? [index + 1] : []));
}

const THREE = { name: 'three jobs of one project at once', realOnly: false };

/** Each has a group, folders and numbers of its own. */
function eachForItself(jobs: readonly Ended[]): void {
  const numbers = jobs.map(numbersOf);
  expect(numbers.map(({ concurrent }) => concurrent).toSorted()).toEqual(['0', '1', '2']);
  expect(numbers.map(({ ofProject }) => ofProject).toSorted()).toEqual(['0', '1', '2']);
  expect(new Set(numbers.map(({ folder }) => folder)).size).toBe(3);
  expect(world.emulator.report().groups.created).toBe(3);
}

const IDS = [1, 2, 3];

describe('jobs of one runner', () => {
  it(`${THREE.name} on the stand-in, which is told their numbers`, async () => {
    const jobs = await Promise.all(
      IDS.map((id, n) => world.run(meeting(id, 3), { settings: { concurrentId: n, concurrentProjectId: n } })),
    );
    await allSucceed(THREE, 'standIn', jobs);
    eachForItself(jobs);
  });
});

const note = GITLAB_RUNNER === '' ? ' (skipped: GITLAB_RUNNER names no binary)' : '';

describe.skipIf(GITLAB_RUNNER === '')(`jobs of real runners${note}`, () => {
  it(THREE.name, async () => {
    const coordinator = await gitlab();
    const queued = IDS.map((id) => coordinator.queue(jobPayload(meeting(id, 3))));
    await startRunner(coordinator, { concurrent: 3 });
    const jobs = await Promise.all(queued.map((each) => each.done));
    await allSucceed(THREE, 'real', jobs);
    eachForItself(jobs);
  });

  it('two runners with one token take a job each, with the same numbers, and do not disturb each other', async () => {
    const coordinator = await gitlab();
    const queued = [1, 2].map((id) => coordinator.queue(jobPayload(meeting(id, 2))));
    const runners = [await startRunner(coordinator), await startRunner(coordinator)];
    const jobs = await Promise.all(queued.map((each) => each.done));
    await allSucceed({ name: 'two runners with one token', realOnly: true }, 'real', jobs);

    const taken = await Promise.all(runners.map(jobsOf));
    expect(taken.toSorted()).toEqual([[1], [2]]);
    const numbers = jobs.map(numbersOf);
    expect(numbers.map(({ concurrent, ofProject }) => [concurrent, ofProject])).toEqual([
      ['0', '0'],
      ['0', '0'],
    ]);
    expect(numbers[0]?.folder).not.toBe(numbers[1]?.folder);
    expect(world.emulator.report().groups.created).toBe(2);
  });

  it('of two runners with one token one is killed: its group goes, the other one stays until its job is over, also when somebody collects', async () => {
    const coordinator = await gitlab();
    const more = ['met() { [ -e "$PLACE/go" ]; }', WAIT, 'echo the e""nd'];
    const met = new Set<number>();
    const queue = (id: number) => {
      let seen = '';
      return coordinator.queue(jobPayload(meeting(id, 2, more)), (chunk) => {
        seen += chunk.toString('utf8');
        if (seen.includes('numbers: 0 0')) met.add(id);
      });
    };
    const queued = new Map([1, 2].map((id) => [id, queue(id).done]));
    const killed = await startRunner(coordinator);
    const other = await startRunner(coordinator);
    await expect.poll(() => met.size, { timeout: 40_000 }).toBe(2);

    const [ofKilled = 0] = await jobsOf(killed);
    const [ofOther = 0] = await jobsOf(other);
    killed.signal('SIGKILL');
    const jobsOfGroups = () => world.emulator.report().groups.left.map(({ tags }) => tags['gitlab-eci-job']);
    await expect.poll(jobsOfGroups, { timeout: 40_000 }).toEqual([String(ofOther)]);
    // Twice, without any grace: the other one's job is alive.
    for (let run = 0; run < 2; run++)
      expect((await runCollector(world, ['--grace', '0'])).stdout).toBe('1 group of living jobs, left alone.\n');
    expect(jobsOfGroups()).toEqual([String(ofOther)]);
    await writeFile(join(place, 'go'), '');
    const end = await queued.get(ofOther);
    expect(end).toMatchObject(SUCCESS);
    expect(plainText(end?.log ?? Buffer.alloc(0))).toMatch(/^the end$/m);
    await world.nothingLeft();
    expect(await world.records()).toEqual([]);
    expect(await Promise.race([queued.get(ofKilled), Promise.resolve('no word')])).toBe('no word');
    record({ name: 'one of two runners with one token is killed: its job', realOnly: true }, 'real', NO_WORD);
    record({ name: 'one of two runners with one token is killed: the other job', realOnly: true }, 'real', SUCCESS);
  });
});
