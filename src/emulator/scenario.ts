import { parse as parseToml } from 'smol-toml';
import * as z from 'zod';

/**
 * What the emulated cloud is like: zones, types, prices, stock, images, and how long things take. TOML, checked strictly: a slip in a scenario
 * would otherwise be a test that proves nothing. Durations are in seconds.
 */
const seconds = z.number().min(0);

const Delays = z.strictObject({
  scheduling: seconds.default(2),
  schedule_failed: seconds.default(2),
  image_pull: seconds.default(5),
  cached_pull: seconds.default(1),
  start: seconds.default(1),
  /** First pause after a failed pull; doubles up to 300 s. */
  pull_back_off: seconds.default(10),
});

const VSwitch = z.strictObject({
  id: z.string().startsWith('vsw-'),
  zone: z.string(),
  vpc: z.string().default('vpc-emulator'),
});
const SecurityGroup = z.strictObject({ id: z.string().startsWith('sg-'), vpc: z.string().default('vpc-emulator') });

const InstanceType = z.strictObject({
  name: z.string().startsWith('ecs.'),
  cpu: z.number().positive(),
  memory: z.number().positive(),
  /** Per hour. */
  list_price: z.number().positive(),
  spot_price: z.number().positive(),
});

const Stock = z.strictObject({
  zone: z.string().default('*'),
  type: z.string().default('*'),
  policy: z.enum(['spot', 'on-demand', '*']).default('*'),
  /** Taken in order, one a create call; the last one stays. */
  answers: z.array(z.enum(['available', 'no-stock', 'schedule-failed', 'stuck'])).min(1),
  /** Of `no-stock`. */
  code: z.string().default('OperationDenied.NoStock'),
  message: z
    .string()
    .default(
      'Sales of this resource are temporarily suspended in the specified zone. The instanceTypes are out of usage.',
    ),
});

const Image = z.strictObject({
  name: z.string(),
  /** `timeout` fails so many times, then the image comes. */
  pull: z.enum(['ok', 'cached', 'not-found', 'unauthorized', 'invalid-name', 'timeout']).default('ok'),
  failures: z.number().int().min(1).default(1),
  pull_seconds: seconds.optional(),
  /** A container of this image ends with this code right after its start. */
  exit_code: z.number().int().optional(),
});

/** Figures of the right order for cn-beijing. */
const DEFAULT_TYPES: readonly z.input<typeof InstanceType>[] = [
  { name: 'ecs.c6.large', cpu: 2, memory: 4, list_price: 0.39, spot_price: 0.078 },
  { name: 'ecs.c6.xlarge', cpu: 4, memory: 8, list_price: 0.78, spot_price: 0.156 },
  { name: 'ecs.c6.2xlarge', cpu: 8, memory: 16, list_price: 1.56, spot_price: 0.312 },
  { name: 'ecs.c6.4xlarge', cpu: 16, memory: 32, list_price: 3.12, spot_price: 0.624 },
  { name: 'ecs.g6.xlarge', cpu: 4, memory: 16, list_price: 1.0, spot_price: 0.2 },
  { name: 'ecs.g6.2xlarge', cpu: 8, memory: 32, list_price: 2.0, spot_price: 0.4 },
  { name: 'ecs.g6.4xlarge', cpu: 16, memory: 64, list_price: 4.0, spot_price: 0.8 },
];

const ScenarioSchema = z.strictObject({
  region: z.string().default('cn-beijing'),
  listen: z
    .string()
    .regex(
      /^127\.\d+\.\d+\.\d+:\d+$/,
      'allowed is an address in 127.0.0.0/8 and a port, such as 127.0.0.1:8091 (0: any port)',
    )
    .default('127.0.0.1:0'),
  /** Folder of the machines; a fresh temporary one if not named. */
  root: z.string().startsWith('/').optional(),
  access_key_id: z.string().default('emulator'),
  access_key_secret: z.string().default('emulator-secret'),
  currency: z.enum(['CNY', 'USD']).default('CNY'),
  /** A program that helper containers find as `gitlab-runner`. */
  gitlab_runner: z.string().startsWith('/').optional(),
  delete_while_scheduling: z.enum(['allowed', 'incorrect-status']).default('allowed'),
  delays: Delays.prefault({}),
  vswitch: z.array(VSwitch).min(1),
  security_group: z.array(SecurityGroup).default([{ id: 'sg-emulator', vpc: 'vpc-emulator' }]),
  instance_type: z.array(InstanceType).default(DEFAULT_TYPES.map((type) => InstanceType.parse(type))),
  stock: z.array(Stock).default([]),
  image: z.array(Image).default([]),
});

export type Scenario = z.output<typeof ScenarioSchema>;
export type StockRule = Scenario['stock'][number];
export type ImageRule = Scenario['image'][number];
export type InstanceTypeRule = Scenario['instance_type'][number];

/**
 * @param overrides top-level keys that win over the file's.
 * @throws Error that lists every problem with its path.
 */
export function parseScenario(text: string, overrides: Readonly<Record<string, unknown>> = {}): Scenario {
  const result = ScenarioSchema.safeParse({ ...parseToml(text), ...overrides });
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => `  ${issue.path.join('.') || '(file)'}: ${issue.message}`);
  throw new Error(`The scenario is not valid:\n${lines.join('\n')}`);
}
