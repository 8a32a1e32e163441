import { parse as parseToml } from 'smol-toml';
import * as z from 'zod';
import { parseListen, parseReachable } from './listen.ts';

/**
 * What the emulated cloud is like: zones, types, prices, stock, images, and how long things take. TOML, checked strictly: a slip in a scenario
 * would otherwise be a test that proves nothing. Durations are in seconds.
 */
const seconds = z.number().min(0);

/** vCPU and GiB, as the API writes sizes among instance types: `8-16Gi`. */
export const SIZE = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)Gi$/;

const Delays = z.strictObject({
  scheduling: seconds.default(2),
  schedule_failed: seconds.default(2),
  image_pull: seconds.default(5),
  cached_pull: seconds.default(1),
  start: seconds.default(1),
  /** First pause after a failed pull; doubles up to 300 s. */
  pull_back_off: seconds.default(10),
  /** From CreateImageCache to Ready. */
  image_cache: seconds.default(60),
});

const VSwitch = z.strictObject({
  id: z.string().startsWith('vsw-'),
  zone: z.string(),
  vpc: z.string().default('vpc-emulator'),
  /** How many groups it has addresses for. */
  addresses: z.number().int().min(0).default(1000),
});
const SecurityGroup = z.strictObject({ id: z.string().startsWith('sg-'), vpc: z.string().default('vpc-emulator') });

/** As images name them. */
const Architecture = z.enum(['amd64', 'arm64']);

const InstanceType = z.strictObject({
  name: z.string().startsWith('ecs.'),
  cpu: z.number().positive(),
  memory: z.number().positive(),
  architecture: Architecture.default('amd64'),
  gpus: z.number().int().min(0).default(0),
  /** Per hour. */
  list_price: z.number().positive(),
  spot_price: z.number().positive(),
  /** SpotDuration values that it is sold with; any when not given. */
  spot_durations: z.array(z.number().int().min(0).max(6)).optional(),
});

/** What is on sale where. */
export const StockSchema = z.strictObject({
  zone: z.string().default('*'),
  type: z.string().default('*'),
  policy: z.enum(['spot', 'on-demand', '*']).default('*'),
  /** Taken in order, one a create call; the last one stays. */
  answers: z
    .array(
      z.enum([
        'available',
        /** Refused by the create call. */
        'no-stock',
        /** Accepted, and ScheduleFailed a little later. */
        'schedule-failed',
        /** Accepted, and Scheduling for ever. */
        'stuck',
        /** Accepted, and Pending for ever without an address. */
        'no-address',
      ]),
    )
    .min(1),
  /** So many groups in each place at a time, and no more. */
  available_count: z.number().int().min(0).optional(),
  /** Of `no-stock`. */
  code: z.string().default('OperationDenied.NoStock'),
  message: z
    .string()
    .default(
      'Sales of this resource are temporarily suspended in the specified zone. The instanceTypes are out of usage.',
    ),
});

/** An image cache that was made by hand; what it holds covers every image. */
const ImageCache = z.strictObject({
  id: z.string().regex(/^(imc|s)-/, 'it starts with imc- or, for a snapshot, with s-'),
  status: z.enum(['Ready', 'Creating', 'Failed']).default('Ready'),
});

const Image = z.strictObject({
  name: z.string(),
  /** `timeout` and `garbage` fail so many times, then the image comes. */
  pull: z.enum(['ok', 'cached', 'not-found', 'unauthorized', 'invalid-name', 'timeout', 'garbage']).default('ok'),
  failures: z.number().int().min(1).default(1),
  pull_seconds: seconds.optional(),
  /** That it has variants for; every one if not given. */
  architectures: z.array(Architecture).min(1).optional(),
  /** A container of this image ends with this code right after its start. */
  exit_code: z.number().int().min(0).max(255).optional(),
  /** Its container runs, and its agent never listens. */
  ssh: z.enum(['normal', 'never']).default('normal'),
  /** Its agent shows another host key than the one that it was given. */
  host_key: z.enum(['given', 'wrong']).default('given'),
  /** Its agent says that it speaks this version of the agent protocol, and no other. */
  protocol_version: z.number().int().min(1).optional(),
});

/** A registry, or a path in one, that does not give its images to everybody. */
const Registry = z
  .strictObject({
    /** Host and perhaps port, and perhaps a path. */
    name: z.string().min(1),
    username: z.string().min(1).optional(),
    password: z.string().min(1).optional(),
    /** Groups that name this instance of Container Registry need no password. */
    acr_instance: z.string().startsWith('cri-').optional(),
    protocol: z.enum(['https', 'self-signed', 'http']).default('https'),
  })
  .refine(({ username, password }) => (username === undefined) === (password === undefined), {
    path: ['password'],
    message: 'a user and a password come together',
  });

/** A folder that stands for something that groups find and leave. */
const storage = {
  folder: z.string().startsWith('/').optional(),
  /** `fails`: groups with it stay pending. */
  mount: z.enum(['ok', 'fails']).default('ok'),
};
/** NFS volumes, and those of the driver alicloud/nas. */
const FileSystem = z.strictObject({ server: z.string().min(1), ...storage });
/** Volumes of the driver alicloud/oss. */
const Bucket = z.strictObject({ name: z.string().min(1), ...storage });
/** Disk volumes, and those of the driver alicloud/disk that name one. */
const Disk = z.strictObject({ id: z.string().startsWith('d-'), zone: z.string(), ...storage });

/** What the account may do: vCPU of all groups that hold resources together, arrears, actions that its RAM policy denies (`*` is all). */
const accountFields = {
  vcpu_quota: z.number().positive(),
  arrears: z.boolean(),
  denied_actions: z.array(z.string()),
};
export const AccountChange = z.strictObject(accountFields).partial();
/** The quota is that of the reference's sample of ListUsage. */
const Account = z.strictObject({
  vcpu_quota: accountFields.vcpu_quota.default(1000),
  arrears: accountFields.arrears.default(false),
  denied_actions: accountFields.denied_actions.default([]),
});

/** Spot prices and stock that move by themselves; everything follows from the seed and the cloud's time. */
const Market = z.strictObject({
  seed: z.number().int().default(1),
  /** Largest share by which a spot price moves either way; 0: it stands still. */
  volatility: z.number().min(0).max(1).default(0),
  /** Share of the time in which a zone has none of a type. */
  stock_out_share: z.number().min(0).max(1).default(0),
  stock_out_minutes: z.number().positive().default(30),
  /** From the warning to the end of a spot group. */
  reclaim_notice: seconds.default(180),
});

/** Calls that an action takes: a bucket of so many, filled again at so many a second. */
const ThrottleRule = z.strictObject({
  action: z.string(),
  burst: z.number().int().min(1),
  per_second: z.number().positive(),
});

/** Figures of the right order for cn-beijing; spot at a fifth of the list price. */
const DEFAULT_TYPES: readonly z.input<typeof InstanceType>[] = (
  [
    ['c6', 2, 0.39],
    ['g6', 4, 0.5],
    ['c7', 2, 0.42],
  ] as const
).flatMap(([family, gibPerVcpu, price]) =>
  (
    [
      ['large', 1],
      ['xlarge', 2],
      ['2xlarge', 4],
      ['4xlarge', 8],
    ] as const
  ).map(([size, times]) => ({
    name: `ecs.${family}.${size}`,
    cpu: 2 * times,
    memory: 2 * times * gibPerVcpu,
    list_price: price * times,
    spot_price: (price * times) / 5,
  })),
);

const unique = <T>(key: (item: T) => string) =>
  [(items: readonly T[]) => new Set(items.map(key)).size === items.length, 'each may stand here once'] as const;

const parsedBy =
  (parse: (text: string) => unknown) =>
  (text: string, context: z.RefinementCtx): void => {
    try {
      parse(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
    }
  };

/** Reports what is named and does not exist. */
function checkNames(scenario: z.output<typeof SCENARIO_FIELDS>, context: z.RefinementCtx): void {
  if (scenario.machines === 'containers' && scenario.images === undefined) {
    context.addIssue({ code: 'custom', path: ['images'], message: 'container machines need a folder of images' });
  }
  if (scenario.machines === 'processes' && scenario.disk_mib !== undefined) {
    context.addIssue({ code: 'custom', path: ['disk_mib'], message: 'the disk of process machines has no limit' });
  }
  const zones = new Set(['*', ...scenario.vswitch.map((each) => each.zone)]);
  const types = new Set(['*', ...scenario.instance_type.map((each) => each.name)]);
  scenario.stock.forEach(({ zone, type }, index) => {
    if (!zones.has(zone)) {
      context.addIssue({ code: 'custom', path: ['stock', index, 'zone'], message: `no vswitch is in ${zone}` });
    }
    if (!types.has(type) && !SIZE.test(type)) {
      context.addIssue({ code: 'custom', path: ['stock', index, 'type'], message: `no instance_type is ${type}` });
    }
  });
}

/** Every key of a scenario; its names are checked against one another besides. */
export const SCENARIO_FIELDS = z.strictObject({
  region: z.string().default('cn-beijing'),
  listen: z.string().superRefine(parsedBy(parseListen)).default('127.0.0.1:0'),
  /** Folder of the machines; a fresh temporary one if not named. */
  root: z.string().startsWith('/').optional(),
  access_key_id: z.string().default('emulator'),
  access_key_secret: z.string().default('emulator-secret'),
  /** Of temporary credentials: when set, a request without exactly this one is refused as expired. */
  security_token: z.string().min(1).optional(),
  currency: z.enum(['CNY', 'USD']).default('CNY'),
  /** A program that helper containers find as `gitlab-runner`. */
  gitlab_runner: z.string().startsWith('/').optional(),
  /** What runs containers. */
  machines: z.enum(['processes', 'containers']).default('processes'),
  /** Of container machines: the folder of their images. */
  images: z.string().startsWith('/').optional(),
  /** Of container machines: room for everything that a group writes, in the memory of the machine. */
  disk_mib: z.number().int().min(16).optional(),
  /** Of container machines: addresses of the machine that groups with a network of their own reach. */
  reachable: z
    .array(z.string().superRefine(parsedBy(parseReachable)))
    .refine(...unique<string>((each) => each))
    .default([]),
  file_system: z.array(FileSystem).default([]),
  bucket: z.array(Bucket).default([]),
  disk: z.array(Disk).default([]),
  delete_while_scheduling: z.enum(['allowed', 'incorrect-status']).default('allowed'),
  delays: Delays.prefault({}),
  vswitch: z
    .array(VSwitch)
    .min(1)
    .refine(...unique<z.output<typeof VSwitch>>((each) => each.id)),
  security_group: z
    .array(SecurityGroup)
    .refine(...unique<z.output<typeof SecurityGroup>>((each) => each.id))
    .default([{ id: 'sg-emulator', vpc: 'vpc-emulator' }]),
  instance_type: z
    .array(InstanceType)
    .refine(...unique<z.output<typeof InstanceType>>((each) => each.name))
    .default(DEFAULT_TYPES.map((type) => InstanceType.parse(type))),
  stock: z.array(StockSchema).default([]),
  image: z.array(Image).default([]),
  registry: z.array(Registry).default([]),
  image_cache: z.array(ImageCache).default([]),
  account: Account.prefault({}),
  market: Market.prefault({}),
  throttle: z.array(ThrottleRule).default([]),
  throttling_status: z.union([z.literal(400), z.literal(429)]).default(400),
  /** The pages of the API disagree about the spelling of event keys: `Reason` or `reason`. */
  event_keys: z.enum(['pascal', 'camel']).default('pascal'),
});

const ScenarioSchema = SCENARIO_FIELDS.superRefine(checkNames);

export type Scenario = z.output<typeof ScenarioSchema>;
export type StockRule = Scenario['stock'][number];
export type RegistryRule = Scenario['registry'][number];
export type ImageRule = Scenario['image'][number];

/** @throws Error that lists every problem with its path. */
export function parseScenario(text: string): Scenario {
  const result = ScenarioSchema.safeParse(parseToml(text));
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => `  ${issue.path.join('.') || '(file)'}: ${issue.message}`);
  throw new Error(`The scenario is not valid:\n${lines.join('\n')}`);
}
