import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { driverOf } from '../standin/run-job.ts';
import { DRIVER } from '../support/bundle.ts';
import { noSmallDisk } from '../support/no-small-disk.ts';
import { startWorld, type WorldOptions } from '../support/world.ts';
import { MARK } from './marks.ts';
import { watchProcess } from './process-watch.ts';

const SECRET = `${MARK}to-be-found+/`;
const OF_THE_JOB = 'the masked variable LEAKED';

interface PlantedLeak {
  readonly where: string;
  /** A shell command in front of a stage of the driver. */
  readonly stage?: string;
  readonly command?: string;
  readonly options?: WorldOptions;
  readonly leak: string;
}

const VALUE = '"$CUSTOM_ENV_LEAKED"';
const LEAKS: readonly PlantedLeak[] = [
  {
    where: 'the job log, in base64',
    stage: 'prepare',
    command: `printf %s ${VALUE} | base64`,
    leak: `${OF_THE_JOB} stands in base64 in the job log`,
  },
  {
    where: "the driver's output, where the runner has masked it",
    stage: 'prepare',
    command: `printf '%s\\n' ${VALUE}`,
    leak: `${OF_THE_JOB} stands as it is in the output of prepare`,
  },
  {
    where: 'the output of cleanup',
    stage: 'cleanup',
    command: `printf %s ${VALUE} | od -An -tx1 | tr -d ' \\n' >&2`,
    leak: `${OF_THE_JOB} stands in hexadecimal digits in the output of cleanup`,
  },
  {
    where: 'arguments of a child',
    stage: 'prepare',
    command: `sh -c 'sleep 1; :' x ${VALUE}`,
    leak: `${OF_THE_JOB} stands as it is in the arguments of a process`,
  },
  {
    where: 'the environment of a child',
    stage: 'prepare',
    command: `sh -c 'sleep 1; :'`,
    leak: `${OF_THE_JOB} stands as it is in the environment of a child`,
  },
  {
    where: 'the state folder',
    stage: 'cleanup',
    command: `mkdir -p STATE && printf %s ${VALUE} > STATE/left`,
    leak: `${OF_THE_JOB} stands as it is in left in the state folder`,
  },
  {
    where: 'the state folder, on a disk of its own',
    stage: 'cleanup',
    command: `printf %s ${VALUE} > STATE/left`,
    options: { stateDisk: 512 },
    leak: `${OF_THE_JOB} stands as it is in left in the state folder`,
  },
  {
    where: 'the name of a file',
    stage: 'cleanup',
    command: `mkdir -p STATE && : > STATE/$(printf %s ${VALUE} | od -An -tx1 | tr -d ' \\n')`,
    leak: `${OF_THE_JOB} stands in hexadecimal digits in names in the state folder`,
  },
  {
    where: 'a tag of the create call',
    options: { tables: `[tags]\nteam = "${SECRET}"` },
    leak: `${OF_THE_JOB} stands as it is in Tag.1.Value of CreateContainerGroup`,
  },
];

describe('a leak that was put in on purpose is found', () => {
  const possible = LEAKS.filter(({ options }) => options?.stateDisk === undefined || noSmallDisk === undefined);
  it.each(possible)('in $where', async ({ stage = '', command = ':', options = {}, leak }) => {
    const world = await startWorld(options);
    const inFront = command.replaceAll('STATE', join(world.folder, 'state'));
    const driver = driverOf(
      ['/bin/sh', '-c', `if [ "$2" = "${stage}" ]; then ${inFront}; fi; exec "$0" "$@"`, process.execPath, DRIVER],
      ['--config', world.settingsFile],
    );
    const watched: Promise<void>[] = [];
    await world.run(
      { image: 'a:1', variables: { LEAKED: { value: SECRET, masked: true, public: false } } },
      { driver, onStage: (_, pid) => watched.push(watchProcess(pid, world.evidence)) },
    );
    await Promise.all(watched);
    await expect(world.stop()).rejects.toThrow(leak);
  });
});

const run = promisify(execFile);
const PROGRAM = fileURLToPath(new URL('search.ts', import.meta.url));

describe('the search through the output of the suite', () => {
  it.each([
    ['finds a planted secret', `before ${SECRET} after`, 1],
    ['finds one in base64', Buffer.from(`xy${SECRET}`).toString('base64'), 1],
    ['finds the token of a job', 'Basic glcbt-64_token-of-job-4711', 1],
    ['finds nothing in other words', 'pl4nted by the token of a job', 0],
  ])('%s', async (_, text, code) => {
    const folder = await mkdtemp(join(tmpdir(), 'search-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'output');
    await writeFile(file, text);
    const ended = await run(process.execPath, ['--import', 'tsx', PROGRAM, file]).then(
      ({ stdout }) => ({ code: 0, stdout }),
      (error: unknown) => error as { code: number; stdout: string },
    );
    expect(ended.code).toBe(code);
    expect(ended.stdout).not.toContain(SECRET);
  });
});
