import * as z from 'zod/mini';
import type { WireValue } from '../eci/container-groups.ts';
import { LOG_LEVELS } from '../report/driver-log.ts';
import { duration } from './duration.ts';
import { parseQuantity } from './quantity.ts';
import { RESERVED_PARAMETERS } from './reserved-parameters.ts';

/**
 * The settings file, section by section. Keys are what the operator writes; where the Kubernetes executor has the same thing it has
 * the same name. Each rule says what is allowed, because that is what the person who got it wrong wants to read.
 */
const matching = (pattern: RegExp, allowed: string) => z.string().check(z.regex(pattern, `allowed is ${allowed}`));

const integer = (min: number, max: number) =>
  z.int().check(z.refine((value) => value >= min && value <= max, `allowed is a whole number from ${min} to ${max}`));

const absolutePath = matching(/^\/(?!.*\.\.)[^'\n]*$/, 'an absolute path without ".." and quotes');
const image = matching(/^[^\s]{1,255}$/, 'an image reference of 1 to 255 characters without blanks');

const numericId = matching(/^\d{1,10}$/, 'the number of a user or a group, such as "1000"');

/** Price in the account's currency and hour; ECI takes at most three decimals. */
const price = z
  .number()
  .check(
    z.refine(
      (value) => value > 0 && Math.abs(value * 1000 - Math.round(value * 1000)) < 1e-6,
      'allowed is a price per hour above 0 with at most 3 decimals',
    ),
  );

const VSwitch = z.strictObject({
  id: matching(/^vsw-[a-z0-9-]+$/, 'the id of a vSwitch, such as vsw-2ze0…'),
  zone: matching(/^[a-z]{2}[a-z0-9-]+$/, 'the zone of that vSwitch, such as cn-beijing-h'),
});

/** An ECS type, or `vCPU-memory` in GiB as in the annotation `eci-use-specs`. */
export const SIZE = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)Gi$/;
export const INSTANCE_TYPE = /^(ecs\.[a-z0-9-]+\.[a-z0-9-]+|\d+(\.\d+)?-\d+(\.\d+)?Gi)$/;
export const MAX_INSTANCE_TYPES = 5;
const instanceType = matching(INSTANCE_TYPE, 'an ECS type such as ecs.c6.2xlarge or a size such as 8-16Gi');

const Spot = z
  .strictObject({
    strategy: z._default(z.enum(['SpotAsPriceGo', 'SpotWithPriceLimit', 'NoSpot']), 'SpotAsPriceGo'),
    price_limit: z.optional(price),
    duration: z._default(integer(0, 6), 1),
    on_demand_fallback: z._default(z.boolean(), false),
  })
  .check(
    z.refine((spot) => spot.strategy !== 'SpotWithPriceLimit' || spot.price_limit !== undefined, {
      path: ['price_limit'],
      error: 'SpotWithPriceLimit needs a price_limit: a price per hour above 0 with at most 3 decimals',
    }),
  );

/** How the ECI API is spoken to. The defaults are the pair that Terraform's provider uses for ECI, so it is known to work on the real service. */
const Api = z.strictObject({
  signature: z._default(z.enum(['v2', 'v3']), 'v2'),
  parameters: z._default(z.enum(['body', 'query']), 'body'),
});

const port = integer(1, 65535);
const Ports = z.strictObject({ helper: z._default(port, 22022), build: z._default(port, 22023) }).check(
  z.refine((ports) => ports.helper !== ports.build, {
    path: ['build'],
    error: 'helper and build share one address, so their ports must differ',
  }),
);

/** ECI: key 1 to 64, value up to 128 characters, neither in the platform's own name space nor with a URL in it. */
/** Tags of the driver's own: no settings and no job may set them. */
export const OWN_TAG_KEY = /^(managed-by$|gitlab-eci-)/;
const foreign = /^(?!aliyun|acs:)(?!.*https?:\/\/)/;
const tagKey = z.string().check(
  z.regex(foreign, 'allowed is a tag key without "http(s)://" that does not start with "aliyun" or "acs:"'),
  z.refine((key) => key.length >= 1 && key.length <= 64, 'allowed is a tag key of 1 to 64 characters'),
  z.refine(
    (key) => !OWN_TAG_KEY.test(key),
    "allowed is any key but managed-by and gitlab-eci-…, which are the driver's own",
  ),
);
const tagValue = z
  .string()
  .check(
    z.regex(
      /^(?!acs:)(?!.*https?:\/\/)/,
      'allowed is a tag value without "http(s)://" that does not start with "acs:"',
    ),
    z.maxLength(128, 'allowed is a tag value of at most 128 characters'),
  );

const parameterName = z.string().check(
  z.regex(/^[A-Z][A-Za-z0-9]*$/, 'allowed is the name of a parameter of CreateContainerGroup, such as RamRoleName'),
  z.refine((name) => !RESERVED_PARAMETERS.has(name), 'the driver sets this parameter itself'),
);
const parameterValue: z.ZodMiniType<WireValue> = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), z.array(parameterValue), z.record(z.string(), parameterValue)]),
);

/** The Kubernetes executor's maxima for what a job may ask for (runner: `cpu_request_overwrite_max_allowed` and family). */
const quantity = z
  .string()
  .check(
    z.refine(
      (value) => parseQuantity(value) !== undefined,
      'allowed is a Kubernetes quantity such as "500m", "4" or "8Gi"',
    ),
  );
const maxima = {
  cpu_request_overwrite_max_allowed: z.optional(quantity),
  cpu_limit_overwrite_max_allowed: z.optional(quantity),
  memory_request_overwrite_max_allowed: z.optional(quantity),
  memory_limit_overwrite_max_allowed: z.optional(quantity),
  ephemeral_storage_request_overwrite_max_allowed: z.optional(quantity),
  ephemeral_storage_limit_overwrite_max_allowed: z.optional(quantity),
  helper_cpu_request_overwrite_max_allowed: z.optional(quantity),
  helper_cpu_limit_overwrite_max_allowed: z.optional(quantity),
  helper_memory_request_overwrite_max_allowed: z.optional(quantity),
  helper_memory_limit_overwrite_max_allowed: z.optional(quantity),
  helper_ephemeral_storage_request_overwrite_max_allowed: z.optional(quantity),
  helper_ephemeral_storage_limit_overwrite_max_allowed: z.optional(quantity),
};

function isRegExp(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
const regularExpression = z
  .string()
  .check(z.minLength(1, 'allowed is a regular expression'), z.refine(isRegExp, 'allowed is a regular expression'));

const Sections = z.strictObject({
  region: matching(/^[a-z]{2}-[a-z0-9-]+$/, 'a region id such as cn-beijing'),
  endpoint: z.optional(
    matching(/^[A-Za-z0-9.-]+(:\d+)?$/, 'a host name with an optional port, without scheme and path'),
  ),
  protocol: z._default(z.enum(['https', 'http']), 'https'),
  api: z.prefault(Api, {}),
  manager_id: matching(/^[A-Za-z0-9._-]{1,64}$/, '1 to 64 letters, digits, dots, hyphens and underscores'),
  state_dir: z._default(absolutePath, '/var/lib/gitlab-eci-executor'),
  log_file: z.optional(matching(/^(journald|\/(?!.*\.\.).*)$/, 'an absolute path without "..", or "journald"')),
  log_level: z._default(z.enum(LOG_LEVELS), 'info'),

  vswitch: z
    .array(VSwitch)
    .check(
      z.refine(
        (list) => list.length >= 1 && list.length <= 10,
        'allowed are 1 to 10 [[vswitch]] tables, tried in this order',
      ),
    ),
  security_group: matching(
    /^sg-[a-z0-9-]+$/,
    'the id of a security group that lets the manager reach the ports, such as sg-2ze…',
  ),
  connect: z._default(z.enum(['intranet', 'internet']), 'intranet'),
  instance_types: z
    .array(instanceType)
    .check(
      z.refine(
        (list) => list.length >= 1 && list.length <= MAX_INSTANCE_TYPES,
        'allowed are 1 to 5 types or sizes, tried in this order',
      ),
    ),
  spot: z.prefault(Spot, {}),
  /** Per hour; on-demand included. */
  max_price: z.optional(price),
  order: z._default(z.enum(['price', 'configured']), 'price'),
  zone_memory: z._default(duration({ max: 3600 }), 120),
  currency: z._default(z.enum(['CNY', 'USD']), 'CNY'),

  image: z.optional(image),
  allowed_users: z.optional(z.array(numericId)),
  allowed_groups: z.optional(z.array(numericId)),
  cpu_architecture: z._default(z.enum(['AMD64', 'ARM64']), 'AMD64'),
  helper: z._default(z.boolean(), true),
  helper_image: z._default(
    image,
    'registry.gitlab.com/gitlab-org/gitlab-runner/gitlab-runner-helper:{flavor}{arch}-v{runner_version}',
  ),
  helper_image_flavor: z._default(matching(/^[a-z0-9.]+$/, 'a flavor such as alpine, alpine3.21 or ubuntu'), 'alpine'),
  agent_image: image,
  image_mirrors: z._default(z.record(z.string(), z.string()), {}),
  image_cache: z._default(z.boolean(), true),
  image_cache_id: z.optional(matching(/^(imc|s)-[a-z0-9]+$/, 'the id of an image cache, imc-…')),

  builds_dir: z._default(absolutePath, '/builds'),
  cache_dir: z._default(absolutePath, '/cache'),
  ports: z.prefault(Ports, {}),

  poll_interval: z._default(duration({ min: 0.1, max: 60 }), 3),
  poll_timeout: z._default(duration({ max: 86400 }), 180),
  scheduling_timeout: z._default(duration({ min: 1, max: 3600 }), 60),
  image_pull_timeout: z._default(duration({ min: 1, max: 86400 }), 600),
  ssh_timeout: z._default(duration({ min: 1, max: 3600 }), 60),
  reconnect_timeout: z._default(duration({ max: 3600 }), 120),
  cleanup_resources_timeout: z._default(duration({ min: 1, max: 3600 }), 300),
  abandon_after: z._default(duration({ min: 60, max: 86400 }), 900),
  termination_grace_period_seconds: z._default(integer(0, 3600), 30),

  pod_annotations_overwrite_allowed: z.optional(regularExpression),
  ...maxima,

  tags: z._default(z.record(tagKey, tagValue), {}),
  parameters: z._default(z.record(parameterName, parameterValue), {}),
});

const inside = (inner: string, outer: string): boolean => `${inner}/`.startsWith(`${outer}/`);

export const SettingsSchema = Sections.check(
  z.refine(({ builds_dir, cache_dir }) => !inside(builds_dir, cache_dir) && !inside(cache_dir, builds_dir), {
    path: ['cache_dir'],
    error: 'builds_dir and cache_dir are two mounts, so neither may lie inside the other',
  }),
);

/** Checked settings, defaults filled in. Durations are in seconds. */
export type Settings = z.infer<typeof SettingsSchema>;
