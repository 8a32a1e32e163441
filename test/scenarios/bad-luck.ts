import type { Emulator } from '../../src/emulator/emulator.ts';
import type { JobFields } from '../standin/job.ts';
import type { World, WorldOptions } from '../support/world.ts';

/** How a job ends for GitLab. */
export type Ending = 'job succeeds' | 'job fails, exit code 1' | 'system failure, exit code 2';

/** One thing that goes wrong in a whole job, and what comes of it. The table in docs/bad-luck.md is made from these rows. */
export interface BadLuck {
  readonly what: string;
  /** A sentence of the job log; `…` stands for anything within a line. */
  readonly reads: string;
  readonly ending: Ending;
  /** Who tries again. */
  readonly retriedBy: string;
  /** Exit codes of the prepare calls, one an attempt; of config, when it comes no further. */
  readonly attempts: readonly number[];
  /** Create calls that reached the API, and groups that came of them. Other calls are bounded by `MOST_CALLS`. */
  readonly creates: number;
  readonly groups: number;
  readonly world?: WorldOptions;
  readonly job?: JobFields;
  /** Over the runner's own environment. */
  readonly environment?: (world: World) => Readonly<Record<string, string>>;
  /** Before the job. */
  readonly before?: (emulator: Emulator, world: World) => void | Promise<void>;
  /** Once, when the job log first has this text. */
  readonly when?: { readonly log: string; readonly then: (emulator: Emulator, group: string) => void };
}

export const IMAGE = 'registry.example.com/app:1';

const RUNNER = 'GitLab Runner, three times; then `retry: when: runner_system_failure`';
const NOBODY = 'nobody: the author must act';
const DRIVER = 'the driver, in the same attempt';
const NEXT_ATTEMPT = 'GitLab Runner, in the next attempt';

const SYSTEM = { ending: 'system failure, exit code 2', retriedBy: RUNNER, attempts: [2, 2, 2] } as const;
const FAILED = { ending: 'job fails, exit code 1', retriedBy: NOBODY, attempts: [1] } as const;
const MENDED = { ending: 'job succeeds', retriedBy: DRIVER, attempts: [0] } as const;
const SECOND = { ending: 'job succeeds', retriedBy: NEXT_ATTEMPT, attempts: [2, 0] } as const;

const image = (rest: string, name = IMAGE): WorldOptions => ({ scenario: `[[image]]\nname = "${name}"\n${rest}` });
const stock = (rest: string): string => `[[stock]]\n${rest}`;
const NOTHING = { creates: 0, groups: 0 };
/** Searches of one round, so that attempts can be counted. */
const ONE_DOOR = 'instance_types = ["ecs.c6.2xlarge"]\npoll_timeout = 0';
const ONE_ROUND = 'poll_timeout = 0';

const MANAGER: readonly BadLuck[] = [
  {
    what: 'no settings file',
    reads: 'The settings file … cannot be read (ENOENT).',
    ...SYSTEM,
    ...NOTHING,
    environment: () => ({ GITLAB_ECI_EXECUTOR_CONFIG: '' }),
    before: async (_emulator, { settingsFile }) => (await import('node:fs/promises')).rm(settingsFile),
  },
  {
    what: 'a settings file that cannot be read: a folder',
    reads: 'The settings file … cannot be read (EISDIR).',
    ...SYSTEM,
    ...NOTHING,
    before: async (_emulator, { settingsFile }) => {
      const { mkdir, rm } = await import('node:fs/promises');
      await rm(settingsFile);
      await mkdir(settingsFile);
    },
  },
  {
    what: 'wrong settings: all problems at once',
    reads: 'spot.strategy: "Cheap" is not valid: allowed is "SpotAsPriceGo", "SpotWithPriceLimit", "NoSpot"',
    ...SYSTEM,
    ...NOTHING,
    world: { settings: 'imge = "x"', tables: '[spot]\nstrategy = "Cheap"' },
  },
  {
    what: 'a state folder that cannot be written',
    reads: 'The state folder … cannot be written (…).',
    ...SYSTEM,
    ...NOTHING,
    before: async (_emulator, { folder }) => (await import('node:fs/promises')).writeFile(`${folder}/state`, ''),
  },
  {
    what: 'no credentials anywhere',
    reads:
      'No container group could be created for … ECI does not accept the credentials: … no credentials were found in the Alibaba Cloud default chain.',
    ...SYSTEM,
    ...NOTHING,
    environment: () => ({
      ALIBABA_CLOUD_ACCESS_KEY_ID: '',
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: '',
      ALIBABA_CLOUD_ECS_METADATA_DISABLED: 'true',
    }),
  },
  {
    what: 'a wrong secret',
    reads: 'ECI does not accept the credentials: CreateContainerGroup: SignatureDoesNotMatch (HTTP 400): …',
    ...SYSTEM,
    creates: 3,
    groups: 0,
    environment: () => ({ ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'wrong' }),
  },
  {
    what: 'an access key that does not exist (any more)',
    reads: 'ECI does not accept the credentials: CreateContainerGroup: InvalidAccessKeyId.NotFound (HTTP 404): …',
    ...SYSTEM,
    creates: 3,
    groups: 0,
    environment: () => ({ ALIBABA_CLOUD_ACCESS_KEY_ID: 'nobody' }),
  },
  {
    what: "the manager's clock is off by an hour",
    reads: "the manager's clock is wrong by more than 15 minutes: CreateContainerGroup: InvalidTimeStamp.Expired …",
    ...SYSTEM,
    creates: 3,
    groups: 0,
    before: (emulator) => emulator.skewClock(3600),
  },
];

const ACCOUNT: readonly BadLuck[] = [
  {
    what: 'the account owes money',
    reads: 'the account owes money or cannot pay: CreateContainerGroup: Account.Arrearage (HTTP 400): …',
    ...SYSTEM,
    creates: 3,
    groups: 0,
    world: { scenario: '[account]\narrears = true' },
  },
  {
    what: 'the RAM policy denies the create call',
    reads: 'not permitted: CreateContainerGroup: Forbidden.RAM (HTTP 403): …',
    ...SYSTEM,
    creates: 3,
    groups: 0,
    world: { scenario: '[account]\ndenied_actions = ["CreateContainerGroup"]' },
  },
  {
    what: 'the vCPU quota is reached, and no job of ours ends in time',
    reads: 'CreateContainerGroup: QuotaExceeded (HTTP 403): vCPU quota exceeded. …',
    ...SYSTEM,
    creates: 3,
    groups: 0,
    world: { scenario: '[account]\nvcpu_quota = 4', settings: ONE_DOOR },
  },
  {
    what: 'the vCPU quota is reached, and another job ends in time',
    reads: 'Waiting for quota, for at most …',
    ...MENDED,
    creates: 2,
    groups: 1,
    world: { scenario: '[account]\nvcpu_quota = 4', settings: 'poll_timeout = 30\npoll_interval = 1' },
    when: { log: 'Waiting for quota', then: (emulator) => emulator.changeAccount({ vcpu_quota: 100 }) },
  },
];

const refuse =
  (action: string, code: string, times = 1) =>
  (emulator: Emulator): void =>
    emulator.fault({ action, fault: 'refuse', code, message: 'As the test wants it.', times });

const API: readonly BadLuck[] = [
  {
    what: 'throttled for a minute',
    reads: 'eci-… in cn-beijing-h, ecs.c6.2xlarge, …',
    ...MENDED,
    // How many calls a minute of back-off makes depends on chance.
    creates: Number.NaN,
    groups: 1,
    world: { settings: 'poll_timeout = 120' },
    before: (emulator) => {
      emulator.fault({ action: 'CreateContainerGroup', fault: 'throttle', times: 10_000 });
      setTimeout(() => emulator.clearFaults(), 60_000).unref();
    },
  },
  {
    what: 'ECI does not answer the create call',
    reads: 'eci-… in cn-beijing-h, ecs.c6.2xlarge, …',
    ...MENDED,
    creates: 2,
    groups: 1,
    before: (emulator) => emulator.fault({ action: 'CreateContainerGroup', fault: 'stall' }),
  },
  {
    what: "ECI's answer comes after our deadline",
    reads: 'eci-… in cn-beijing-h, ecs.c6.2xlarge, …',
    ...MENDED,
    creates: 2,
    groups: 1,
    before: (emulator) => emulator.fault({ action: 'CreateContainerGroup', fault: 'delay', seconds: 31 }),
  },
  {
    what: 'the connection is reset before the work',
    reads: 'eci-… in cn-beijing-h, ecs.c6.2xlarge, …',
    ...MENDED,
    creates: 2,
    groups: 1,
    before: (emulator) => emulator.fault({ action: 'CreateContainerGroup', fault: 'reset' }),
  },
  {
    what: 'the group is created, and the answer is lost',
    reads: 'eci-… in cn-beijing-h, ecs.c6.2xlarge, …',
    ...MENDED,
    creates: 2,
    groups: 1,
    before: (emulator) => emulator.fault({ action: 'CreateContainerGroup', fault: 'lose-answer' }),
  },
  {
    what: 'something in between answers with a page (HTML)',
    reads: 'eci-… in cn-beijing-h, ecs.c6.2xlarge, …',
    ...MENDED,
    creates: 2,
    groups: 1,
    before: (emulator) => emulator.fault({ action: 'CreateContainerGroup', fault: 'http-502-html' }),
  },
  {
    what: 'the answer is 200 and has no id: the group is found by its tags',
    reads: 'eci-… in cn-beijing-h, ecs.c6.2xlarge, …',
    ...MENDED,
    creates: 1,
    groups: 1,
    before: (emulator) => emulator.fault({ action: 'CreateContainerGroup', fault: 'empty-answer' }),
  },
  {
    what: 'ECI has an internal error',
    reads: 'eci-… in cn-beijing-h, ecs.c6.2xlarge, …',
    ...MENDED,
    creates: 2,
    groups: 1,
    before: (emulator) => emulator.fault({ action: 'CreateContainerGroup', fault: 'internal-error' }),
  },
  {
    what: 'a vSwitch is still being made (IncorrectStatus on create)',
    reads: 'eci-… in cn-beijing-h, ecs.c6.2xlarge, …',
    ...MENDED,
    creates: 2,
    groups: 1,
    before: refuse('CreateContainerGroup', 'IncorrectStatus'),
  },
  {
    what: 'the API cannot be reached at all',
    reads: 'CreateContainerGroup: the connection failed (ECONNREFUSED)',
    ...SYSTEM,
    ...NOTHING,
    world: { settings: ONE_DOOR },
    before: (emulator) => emulator.stop(),
  },
  {
    what: 'IncorrectStatus on delete',
    reads: 'Job succeeded',
    ...MENDED,
    creates: 1,
    groups: 1,
    before: refuse('DeleteContainerGroup', 'IncorrectStatus', 3),
  },
  {
    what: 'a code that no table knows',
    reads:
      'No container group could be created for … refused: CreateContainerGroup: Brand.New (HTTP 400): As the test wants it. …',
    ...SYSTEM,
    creates: 3,
    groups: 0,
    before: refuse('CreateContainerGroup', 'Brand.New', 3),
  },
];

const out = (code: string): BadLuck => ({
  what: `out of stock everywhere: ${code}`,
  reads: `cn-beijing-k ecs.g6.2xlarge spot: … (${code})`,
  ...SYSTEM,
  creates: 12,
  groups: 0,
  world: { scenario: stock(`answers = ["no-stock"]\ncode = "${code}"`), settings: ONE_ROUND },
});

const STOCK: readonly BadLuck[] = [
  out('OperationDenied.NoStock'),
  out('Spot.NotMatched'),
  out('RecommendEmpty.InstanceTypeSoldOut'),
  {
    what: 'out of stock everywhere: a new code that carries the text "The instanceTypes are out of usage"',
    reads: 'cn-beijing-k ecs.g6.2xlarge spot: out of stock (Some.NewCode)',
    ...SYSTEM,
    creates: 12,
    groups: 0,
    world: { scenario: stock('answers = ["no-stock"]\ncode = "Some.NewCode"'), settings: ONE_ROUND },
  },
  {
    what: 'out of stock everywhere, told after the create call (ScheduleFailed)',
    reads: 'cn-beijing-k ecs.g6.2xlarge spot: out of stock after create (NoStock)',
    ...SYSTEM,
    creates: 12,
    groups: 12,
    world: { scenario: stock('answers = ["schedule-failed"]'), settings: ONE_ROUND },
  },
  {
    what: 'no zone is on sale',
    reads: 'cn-beijing-k ecs.c6.2xlarge spot: zone not on sale (Zone.NotOnSale)',
    ...SYSTEM,
    // One a zone: the other type is not tried there.
    creates: 6,
    groups: 0,
    world: { scenario: stock('answers = ["no-stock"]\ncode = "Zone.NotOnSale"'), settings: ONE_ROUND },
  },
  {
    what: 'no zone has spot capacity, and on-demand is allowed',
    reads: 'cn-beijing-h … on-demand … eci-… created …',
    ...MENDED,
    creates: 5,
    groups: 1,
    world: { scenario: stock('policy = "spot"\nanswers = ["no-stock"]'), tables: '[spot]\non_demand_fallback = true' },
  },
  {
    what: 'stuck in Scheduling in the first place',
    reads: 'cn-beijing-h … spot … eci-… got no resources in time …',
    ...MENDED,
    creates: 2,
    groups: 2,
    world: {
      scenario: stock('zone = "cn-beijing-h"\ntype = "ecs.c6.2xlarge"\nanswers = ["stuck"]'),
      settings: 'scheduling_timeout = 1',
    },
  },
  {
    what: 'Pending without an address in the first place',
    reads: 'cn-beijing-h … spot … eci-… got no resources in time …',
    ...MENDED,
    creates: 2,
    groups: 2,
    world: {
      scenario: stock('zone = "cn-beijing-h"\ntype = "ecs.c6.2xlarge"\nanswers = ["no-address"]'),
      settings: 'scheduling_timeout = 1',
    },
  },
  {
    what: 'a vSwitch has no free addresses',
    reads: 'cn-beijing-h … spot … vSwitch has no free addresses (InvalidVSwitchId.IpNotEnough) …',
    ...MENDED,
    creates: 2,
    groups: 1,
    world: { scenario: '', firstVSwitch: 'addresses = 0' },
  },
  {
    what: 'a type that ECI does not sell',
    reads: 'cn-beijing-h … ecs.none.large … type cannot be used with ECI (InvalidInstanceTypeForEciBuy) …',
    ...MENDED,
    creates: 2,
    groups: 1,
    world: { settings: 'instance_types = ["ecs.none.large", "ecs.c6.2xlarge"]' },
  },
  {
    what: 'a type that is not sold with the spot duration of the settings',
    reads: 'ECI does not take a spot duration of 1 h for ecs.short.large: going on with 0 h.',
    ...MENDED,
    creates: 2,
    groups: 1,
    world: {
      scenario:
        '[[instance_type]]\nname = "ecs.short.large"\ncpu = 2\nmemory = 4\nlist_price = 1\nspot_price = 0.2\nspot_durations = [0]',
      settings: 'instance_types = ["ecs.short.large"]',
    },
  },
  {
    what: 'the image cache of the settings cannot be used',
    reads: 'The image cache imc-none cannot be used: going on without it.',
    ...MENDED,
    creates: 2,
    groups: 1,
    world: { settings: 'image_cache_id = "imc-none"' },
  },
];

const starting = (then: (emulator: Emulator, group: string) => void) => ({
  when: { log: 'pulling images', then },
  world: image('pull_seconds = 3'),
});

const START: readonly BadLuck[] = [
  {
    what: "the job's image does not exist",
    reads: `The image ${IMAGE} of the container build cannot be pulled: … not found`,
    ...FAILED,
    creates: 1,
    groups: 1,
    world: image('pull = "not-found"'),
  },
  {
    what: 'the registry says no',
    reads: `The image ${IMAGE} of the container build cannot be pulled: … 401 Unauthorized`,
    ...FAILED,
    creates: 1,
    groups: 1,
    world: image('pull = "unauthorized"'),
  },
  {
    what: 'the registry does not answer for a while',
    reads: `Failed: Failed to pull image "${IMAGE}": … i/o timeout`,
    ...MENDED,
    retriedBy: 'the platform, with growing pauses',
    creates: 1,
    groups: 1,
    world: image('pull = "timeout"\nfailures = 2'),
  },
  {
    what: 'the pull is slow, and comes to its end',
    reads: 'eci-… in cn-beijing-h, ecs.c6.2xlarge, …',
    ...MENDED,
    retriedBy: 'nobody: it is waited for',
    creates: 1,
    groups: 1,
    world: image('pull_seconds = 3'),
  },
  {
    what: 'stuck in Pending: the pull does not end within image_pull_timeout',
    reads: 'The containers of eci-… did not start within 1 s (pulling images, starting containers).',
    ...SYSTEM,
    creates: 3,
    groups: 3,
    world: { ...image('pull_seconds = 3600'), settings: 'image_pull_timeout = 1' },
  },
  {
    what: "the helper's image does not exist",
    reads: 'Check helper_image in the settings.',
    ...SYSTEM,
    creates: 3,
    groups: 3,
    world: image('pull = "not-found"', 'registry.example.com/helper:1'),
  },
  {
    what: "the job's container ends at once",
    reads: `The container build (${IMAGE}) ended before the job could start: Error, exit code 127.`,
    ...FAILED,
    creates: 1,
    groups: 1,
    world: image('exit_code = 127'),
  },
  {
    what: 'the helper container ends at once',
    reads: 'The container helper (registry.example.com/helper:1) ended before the job could start: Error, exit code 1.',
    ...SYSTEM,
    creates: 3,
    groups: 3,
    world: image('exit_code = 1', 'registry.example.com/helper:1'),
  },
  {
    what: 'SSH never answers',
    reads: 'The container group eci-… is running, but its SSH servers did not answer within 1 s.',
    ...SYSTEM,
    creates: 3,
    groups: 3,
    world: { ...image('ssh = "never"'), settings: 'ssh_timeout = 1' },
  },
  {
    what: 'somebody else answers: another host key',
    reads: "Something else than this job's container answers at …: its host key is not the one that was made for it.",
    ...SYSTEM,
    creates: 3,
    groups: 3,
    world: image('host_key = "wrong"'),
  },
  {
    what: 'the agent speaks another version of the protocol',
    reads: 'The agent in the container and this driver do not speak the same protocol version (driver: 1; agent: … 2).',
    ...SYSTEM,
    creates: 3,
    groups: 3,
    world: image('protocol_version = 2'),
  },
  {
    what: 'the spot instance is reclaimed while it starts',
    reads: 'The spot instance eci-… was reclaimed by Alibaba Cloud while it was starting.',
    ...SECOND,
    creates: 2,
    groups: 2,
    ...starting((emulator, group) => void emulator.reclaim(group, 0)),
  },
  {
    what: 'somebody deletes the group while it starts',
    reads: 'The container group eci-… disappeared while it was starting.',
    ...SECOND,
    creates: 2,
    groups: 2,
    ...starting((emulator, group) => void emulator.removeGroup(group)),
  },
  {
    what: 'the job wishes for more than five specs',
    reads: '6 specs are named, and ECI takes 5 at most.',
    ...FAILED,
    ...NOTHING,
    world: { settings: 'pod_annotations_overwrite_allowed = "k8s.aliyun.com.*"' },
    job: {
      variables: {
        KUBERNETES_POD_ANNOTATIONS_1: 'k8s.aliyun.com/eci-use-specs=1-2Gi,2-4Gi,4-8Gi,8-16Gi,16-32Gi,32-64Gi',
      },
    },
  },
  {
    what: 'the job wishes for more than the operator allows',
    reads:
      'The job variable KUBERNETES_CPU_REQUEST = "32" is refused: the resource "CPURequest" is higher than the limit allowed, "16".',
    ...FAILED,
    ...NOTHING,
    world: { settings: 'cpu_request_overwrite_max_allowed = "16"' },
    job: { variables: { KUBERNETES_CPU_REQUEST: '32' } },
  },
];

/** By what they are about. */
export const BAD_LUCK: Readonly<Record<string, readonly BadLuck[]>> = {
  'The manager': MANAGER,
  'The account': ACCOUNT,
  'The API': API,
  'Stock and placement': STOCK,
  'The start': START,
};
