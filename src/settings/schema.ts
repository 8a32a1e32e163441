import * as z from 'zod/mini';
import { capacityProblems } from '../placement/capacity-rules.ts';
import { LOG_LEVELS } from '../report/driver-log.ts';
import { duration } from './duration.ts';
import { withoutConflicts } from './sections/conflict.ts';
import { podProblems } from './sections/pod-checks.ts';
import { podSettings } from './sections/pod.ts';
import { isInside, volumeProblems } from './sections/volume-checks.ts';
import { Volumes } from './sections/volumes.ts';
import { parameterName, parameterValue, tagKey, tagValue } from './sections/parameters.ts';
import { instanceType, MAX_INSTANCE_TYPES, Spot, VSwitch } from './sections/place.ts';
import { pullPoliciesFitTogether, registries } from './sections/registries.ts';
import { absolutePath, image, integer, matching, numericId, price, regularExpression } from './sections/rules.ts';
import { services } from './sections/services.ts';
import { sizes, SIZING_REQUESTS } from './sections/sizes.ts';

/**
 * The settings file, section by section. Keys are what the operator writes; where the Kubernetes executor has the same thing it has
 * the same name.
 */
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
  /** Empty when requests size the group. */
  instance_types: z._default(
    z
      .array(instanceType)
      .check(
        z.refine(
          (list) => list.length >= 1 && list.length <= MAX_INSTANCE_TYPES,
          'allowed are 1 to 5 types or sizes, tried in this order',
        ),
      ),
    [],
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
  /** As the instance types have it when not set, and else AMD64. */
  cpu_architecture: z.optional(z.enum(['AMD64', 'ARM64'])),
  helper: z._default(z.boolean(), true),
  helper_image: z._default(
    image,
    'registry.gitlab.com/gitlab-org/gitlab-runner/gitlab-runner-helper:{flavor}{arch}-v{runner_version}',
  ),
  helper_image_flavor: z._default(matching(/^[a-z0-9.]+$/, 'a flavor such as alpine, alpine3.21 or ubuntu'), 'alpine'),
  agent_image: image,
  ...registries,
  image_mirrors: z._default(z.record(z.string(), z.string()), {}),
  image_cache: z._default(z.boolean(), true),
  image_cache_id: z.optional(matching(/^(imc|s)-[a-z0-9]+$/, 'the id of an image cache, imc-…')),

  ...services,

  builds_dir: z._default(absolutePath, '/builds'),
  cache_dir: z._default(absolutePath, '/cache'),
  ports: z.prefault(Ports, {}),

  poll_interval: z._default(duration({ min: 0.1, max: 60 }), 3),
  poll_timeout: z._default(duration({ max: 86400 }), 180),
  scheduling_timeout: z._default(duration({ min: 1, max: 3600 }), 60),
  image_pull_timeout: z._default(duration({ min: 1, max: 86400 }), 600),
  ssh_timeout: z._default(duration({ min: 1, max: 3600 }), 60),
  keepalive_interval: z._default(duration({ min: 0.1, max: 60 }), 10),
  /** Shorter, it would end before the cloud has told why a container went away. */
  reconnect_timeout: z._default(duration({ min: 30, max: 3600 }), 120),
  cleanup_resources_timeout: z._default(duration({ min: 1, max: 3600 }), 300),
  abandon_after: z._default(duration({ min: 15, max: 86400 }), 900),
  termination_grace_period_seconds: z._default(integer(0, 3600), 30),

  pod_annotations_overwrite_allowed: z.optional(regularExpression),
  node_selector_overwrite_allowed: z.optional(regularExpression),
  ...sizes,

  volumes: z.prefault(Volumes, {}),
  ...podSettings,
  tags: z._default(z.record(tagKey, tagValue), {}),
  parameters: z._default(z.record(parameterName, parameterValue), {}),
});

export const SettingsSchema = Sections.check(
  z.refine(
    (settings) => settings.instance_types.length > 0 || SIZING_REQUESTS.some((key) => settings[key] !== undefined),
    {
      path: ['instance_types'],
      error: `this setting is required, unless ${SIZING_REQUESTS.join(', ')} size the group`,
      // Said beside what else is wrong, as for every other setting that is required.
      when: ({ value }) => Array.isArray((value as Partial<Settings>).instance_types),
    },
  ),
  ({ value, issues }) => {
    for (const { path, text, remedy } of capacityProblems(value)) {
      issues.push({ code: 'custom', path: [...path], input: value, message: `${text}. ${remedy}` });
    }
  },
  z.refine(({ builds_dir, cache_dir }) => !isInside(builds_dir, cache_dir) && !isInside(cache_dir, builds_dir), {
    path: ['cache_dir'],
    error: 'builds_dir and cache_dir are two mounts, so neither may lie inside the other',
  }),
  pullPoliciesFitTogether,
  withoutConflicts((settings: z.output<typeof Sections>) => [...volumeProblems(settings), ...podProblems(settings)]),
);

/** Checked settings, defaults filled in. Durations are in seconds. */
export type Settings = z.infer<typeof SettingsSchema>;
