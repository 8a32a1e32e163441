import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Emulator, startEmulator } from '../../src/emulator/emulator.ts';
import { parseScenario } from '../../src/emulator/scenario.ts';
import { type JobFields, jobPayload } from '../standin/job.ts';
import { renderForTerminal } from '../standin/render-for-terminal.ts';
import { driverOf, startJob } from '../standin/run-job.ts';
import { DRIVER } from '../support/bundle.ts';
import { gitAvailable, type GitServer, startGitServer } from '../support/git-server.ts';
import { DEMO_SCENARIO, demoSettings, SLOW_IMAGE } from './scenario.ts';

/** `npm run demo`: two whole jobs through the built driver, on the emulator, as GitLab would show their logs. */
const SOURCES = {
  'build.sh': 'for step in configure compile link; do echo "$step ..."; sleep 0.4; done\necho "built in $PWD"\n',
};

const out = (text: string): void => void process.stdout.write(text);

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'gitlab-eci-demo-'));
  const root = join(folder, 'cloud');
  await Promise.all([mkdir(root), mkdir(join(folder, 'tmp'))]);
  const emulator = await startEmulator({ scenario: parseScenario(DEMO_SCENARIO), root });
  const git = gitAvailable() ? await startGitServer({ files: SOURCES }) : undefined;
  try {
    const settings = join(folder, 'config.toml');
    await writeFile(settings, demoSettings(folder, emulator.endpoint));
    out(`The ECI API is emulated at http://${emulator.endpoint}; job scripts run here, as ${userInfo().username}.\n`);
    if (!git) out('git is missing: the jobs run with GIT_STRATEGY=none, without sources.\n');
    await runJob('1. A job that builds', buildJob(git), folder, settings, emulator);
    await runJob('2. A job whose test fails with 3', failingJob(git), folder, settings, emulator);
    await nothingRuns(emulator);
    out(`\n${closingLine(emulator)}\n`);
  } finally {
    await git?.close();
    await emulator.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const sources = (git: GitServer | undefined): Pick<JobFields, 'repository'> =>
  git ? { repository: { url: git.url, sha: git.sha } } : {};

const buildJob = (git: GitServer | undefined): JobFields => ({
  id: 1,
  image: 'rust:1.90',
  ...sources(git),
  script: git ? ['sh build.sh'] : ['echo "no sources, but a machine"'],
  afterScript: ['echo "the job was a $CI_JOB_STATUS"'],
});

const failingJob = (git: GitServer | undefined): JobFields => ({
  id: 2,
  image: SLOW_IMAGE,
  ...sources(git),
  script: ['echo "1 test failed"', 'exit 3'],
});

async function runJob(
  title: string,
  job: JobFields,
  folder: string,
  settings: string,
  emulator: Emulator,
): Promise<void> {
  out(`\n=== ${title} ===\n`);
  const { scenario } = emulator;
  const callsBefore = emulator.requests().length;
  const running = startJob({
    driver: driverOf([process.execPath, DRIVER], ['--config', settings]),
    job: jobPayload(job),
    environment: {
      PATH: process.env.PATH ?? '',
      HOME: folder,
      TMPDIR: join(folder, 'tmp'),
      ALIBABA_CLOUD_ACCESS_KEY_ID: scenario.access_key_id,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: scenario.access_key_secret,
    },
    onLog: (chunk) => out(renderForTerminal(chunk).toString()),
  });
  const { state, exitCode, calls } = await running.done;
  const started = calls.find((each) => each.stage === 'prepare');
  const seconds = started?.endedAt ? ((started.endedAt - started.startedAt) / 1000).toFixed(0) : '?';
  out(`--- GitLab is told: ${state}${exitCode === undefined ? '' : `, exit code ${exitCode}`}. `);
  out(`The job started in ${seconds} s and cost ${emulator.requests().length - callsBefore} API calls.\n`);
}

/** A deletion takes its moment after cleanup has asked for it. */
async function nothingRuns(emulator: Emulator): Promise<void> {
  for (let look = 0; look < 100 && emulator.report().groups.left.length > 0; look++) await sleep(100);
}

function closingLine(emulator: Emulator): string {
  const { calls, groups, cost } = emulator.report();
  const total = Object.values(calls).reduce((sum, { ok, failed }) => sum + ok + failed, 0);
  const seconds = cost.groups.reduce((sum, group) => sum + group.seconds, 0);
  const money = `${cost.currency} ${cost.total.toFixed(5)} for ${seconds.toFixed(1)} s`;
  return `API calls: ${total}. Groups created: ${groups.created}, left: ${groups.left.length}. By the emulator's meter: ${money}.`;
}

await main();
