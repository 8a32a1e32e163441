import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AdvanceableClock } from '../../src/emulator/advanceable-clock.ts';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../src/emulator/emulator.ts';
import type { MachineSpec } from '../../src/emulator/machine.ts';
import { containerMachines } from '../../src/emulator/machines/containers/container-machines.ts';
import { parseScenario } from '../../src/emulator/scenario.ts';
import { noteActions } from '../policy/seen-actions.ts';
import { Evidence, leakText } from '../secrets/evidence.ts';
import { jobPayload, type JobFields } from '../standin/job.ts';
import { driverOf, type JobOptions, type RunningJob, startJob } from '../standin/run-job.ts';
import type { JobResult } from '../standin/job-run.ts';
import { DRIVER } from './bundle.ts';
import type { Images } from './container-images.ts';
import { AGENT_IMAGE, HELPER_IMAGE } from './image-names.ts';
import { mountSmallDisk, type SmallDisk } from './small-disk.ts';
import { defaultMachines, makeWorldImages } from './world-images.ts';

/** Everything that a whole job needs, on loopback: the emulated cloud, the built driver with its settings, a stand-in for the runner. */
export interface World {
  readonly emulator: Emulator;
  /** Of container machines. */
  readonly images: Images | undefined;
  readonly folder: string;
  readonly settingsFile: string;
  /** Under the driver's state folder, when the world has one. */
  readonly stateDisk: SmallDisk | undefined;
  /** What groups find, and leave, on the file server of this name. */
  readonly fileServer: string;
  /** A folder of the build container that scripts can write to, and that later stages find as they left it. */
  readonly scratch: string;
  /** The environment of the runner's process: credentials for the emulator, a PATH, nothing else. */
  readonly environment: Record<string, string>;
  start(job: JobFields, options?: Partial<JobOptions>): RunningJob;
  run(job: JobFields, options?: Partial<JobOptions>): Promise<JobResult>;
  /** The log without colours and section markers. */
  text(result: JobResult): string;
  /** Waits (a deletion takes its moment) until the cloud shows no group. @throws after ten seconds, with what is left. */
  nothingLeft(): Promise<void>;
  /** Records of jobs that were not forgotten. */
  records(): Promise<string[]>;
  /** What came out of everything that ran here. */
  readonly evidence: Evidence;
  /** @throws when something secret stands in an output. */
  stop(): Promise<void>;
}

/** Nothing but the driver speaks there. */
const OWN_STAGES: ReadonlySet<string> = new Set(['config', 'prepare', 'cleanup']);

/** Stands for NAS. */
export const FILE_SERVER = 'nas.example.com';

/** Of a cloud in which everything is quick, in seconds. */
const QUICK = `
scheduling = 0.1
image_pull = 0.1
cached_pull = 0.05
start = 0.05
schedule_failed = 0.1
pull_back_off = 0.2
`;

const TWO_ZONES = (first = ''): string => `
[[vswitch]]
id = "vsw-h"
zone = "cn-beijing-h"
${first}
[[vswitch]]
id = "vsw-k"
zone = "cn-beijing-k"
`;

export interface WorldOptions {
  /** In place of the two vSwitches of cloud and driver. */
  readonly onlyVSwitches?: string;
  /** More keys of the emulator's first vSwitch. */
  readonly firstVSwitch?: string;
  /** In place of quick ones: keys of the scenario's `delays`. */
  readonly delays?: string;
  /** Top-level keys of the scenario. */
  readonly account?: string;
  /** Tables that are appended to the quick scenario. */
  readonly scenario?: string;
  /** Top-level settings and tables of the driver, appended to quick ones. `{mounts}` in front of a mount path makes it one of any kind of machine. */
  readonly settings?: string;
  readonly tables?: string;
  /** A program that helper containers find as `gitlab-runner`. */
  readonly gitlabRunner?: string;
  /** What runs containers; container machines have the images of `container-images.ts`. Process machines if not given. */
  readonly machines?: 'processes' | 'containers';
  /** MiB of their groups' disks, which have no limit otherwise. */
  readonly disk?: number;
  /** KiB of a disk of its own that the driver's state folder is on. */
  readonly stateDisk?: number;
  /** Addresses of the machine, such as `127.0.0.1:8080`, that groups with services reach on them. */
  readonly reachable?: readonly string[];
  /** What becomes of their groups, beside what the driver's create call asks for. */
  readonly changeMachine?: (spec: MachineSpec) => MachineSpec;
}

/** Comments a line out when the test has its own. */
const unless = (key: string, { settings = '' }: WorldOptions): string =>
  new RegExp(`^${key}\\b`, 'm').test(settings) ? '# ' : '';

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'world-'));
  const [root, state] = [join(folder, 'cloud'), join(folder, 'state')];
  const fileServer = join(folder, 'file-server');
  for (const each of [root, fileServer]) await mkdir(each);
  const images =
    (options.machines ?? defaultMachines) === 'containers' ? await makeWorldImages(options.gitlabRunner) : undefined;
  const kind = images
    ? `machines = "containers"\nimages = "${images.folder}"\nreachable = ${JSON.stringify(options.reachable ?? [])}`
    : '';
  const disk = options.disk === undefined ? '' : `disk_mib = ${options.disk}`;
  const gitlabRunner = options.gitlabRunner === undefined ? '' : `gitlab_runner = "${options.gitlabRunner}"`;
  const mounts = images ? '' : `${root}/mounts`;
  const [settings = '', tables = ''] = [options.settings, options.tables].map((text) =>
    text?.replaceAll('{mounts}', mounts),
  );
  const emulator = await startEmulator({
    scenario: parseScenario(
      `root = "${root}"\n${kind}\n${disk}\n${gitlabRunner}\n${options.account ?? ''}\nregion = "cn-beijing"\n[delays]\n${options.delays ?? QUICK}\n${options.onlyVSwitches ?? TWO_ZONES(options.firstVSwitch)}\n[[file_system]]\nserver = "${FILE_SERVER}"\nfolder = "${fileServer}"\n${options.scenario ?? ''}`,
    ),
    ...(images && options.changeMachine ? await changed(images.folder, options.changeMachine, options) : {}),
  });
  const settingsFile = join(folder, 'config.toml');
  await writeFile(
    settingsFile,
    `
region = "cn-beijing"
endpoint = "${emulator.endpoint}"
protocol = "http"
manager_id = "test"
state_dir = "${state}"
${unless('builds_dir', options)}builds_dir = "${images ? '/builds' : `${root}/{attempt}/builds`}"
${unless('cache_dir', options)}cache_dir = "${images ? '/cache' : `${root}/{attempt}/cache`}"
security_group = "sg-emulator"
${unless('instance_types', options)}instance_types = ["ecs.c6.2xlarge", "ecs.g6.2xlarge"]
agent_image = "${AGENT_IMAGE}"
helper_image = "${HELPER_IMAGE}"
${unless('poll_interval', options)}poll_interval = 0.1
${unless('poll_timeout', options)}poll_timeout = 5
${unless('zone_memory', options)}zone_memory = 0
${unless('order', options)}order = "configured"
${settings}
${options.onlyVSwitches ?? TWO_ZONES()}
${tables}
`,
  );
  const environment = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    TMPDIR: join(folder, 'tmp'),
    ALIBABA_CLOUD_ACCESS_KEY_ID: emulator.scenario.access_key_id,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: emulator.scenario.access_key_secret,
  };
  await mkdir(environment.TMPDIR);
  const stateDisk = options.stateDisk === undefined ? undefined : await mountSmallDisk(state, options.stateDisk);
  const evidence = new Evidence();
  evidence.plant("the access key's secret", { value: emulator.scenario.access_key_secret, ofOperator: true });
  const start: World['start'] = (fields, more) => {
    const job = jobPayload(fields);
    evidence.plantJob(job);
    return startJob({
      driver: driverOf([process.execPath, DRIVER], ['--config', settingsFile]),
      job,
      environment,
      ...more,
      settings: { preparationRetryIntervalMs: 50, stageRetryPauseMs: 50, ...more?.settings },
      onLog: (chunk) => {
        evidence.addJobLog(chunk);
        more?.onLog?.(chunk);
      },
      onOutput: (stage, chunk) => {
        // What scripts print is masked by the runner, and stands in the job log then.
        if (OWN_STAGES.has(stage)) evidence.add(`the output of ${stage}`, chunk);
        more?.onOutput?.(stage, chunk);
      },
    });
  };
  return {
    emulator,
    images,
    folder,
    settingsFile,
    stateDisk,
    fileServer,
    scratch: images ? '/tmp' : folder,
    environment,
    start,
    run: (job, more) => start(job, more).done,
    text: (result) => plainText(result.log),
    nothingLeft: async () => {
      const deadline = Date.now() + 10_000;
      while (emulator.report().groups.left.length > 0) {
        if (Date.now() > deadline) throw new Error(`groups left: ${JSON.stringify(emulator.report().groups.left)}`);
        await sleep(20);
      }
    },
    records: () => readdir(join(state, 'jobs')).catch(() => []),
    evidence,
    stop: async () => {
      evidence.addRequests(emulator.requests());
      await emulator.stop();
      await noteActions(emulator.requests());
      await images?.remove();
      // Records that a test has left are of jobs that never ended.
      await evidence.addFolder('the state folder', state, /^jobs\//);
      await stateDisk?.remove();
      // A driver whose runner was killed may be writing its last file.
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
      const leaks = evidence.leaks();
      if (leaks.length > 0) throw new Error(`secrets have got out:\n${leakText(leaks)}`);
    },
  };
}

async function changed(
  images: string,
  change: (spec: MachineSpec) => MachineSpec,
  { disk: diskSize, reachable = [] }: WorldOptions,
): Promise<Pick<EmulatorOptions, 'machines' | 'clock'>> {
  const clock = new AdvanceableClock();
  const kind = await containerMachines({ images, clock, diskSize, reachable });
  return { clock, machines: { ...kind, create: (spec) => kind.create(change(spec)) } };
}

/** A log as people read it. */
export const plainText = (log: Buffer): string =>
  log
    .toString('utf8')
    .replace(/section_(start|end):\d+:\w+(\[[^\]]*\])?\r/g, '')
    // eslint-disable-next-line no-control-regex
    .replace(/\x1b\[[0-9;]*[mK]/g, '');
