import * as z from 'zod/mini';
import { bytes, integer, quantity } from './rules.ts';

/** The Kubernetes executor's words for what a container asks for and may use (runner: `[runners.kubernetes]`). */
export const RESOURCES = [
  'cpu_request',
  'cpu_limit',
  'memory_request',
  'memory_limit',
  'ephemeral_storage_request',
  'ephemeral_storage_limit',
] as const;
export type Resource = (typeof RESOURCES)[number];

/** A pod as a whole has no storage of its own there. */
const POD_RESOURCES = ['cpu_request', 'cpu_limit', 'memory_request', 'memory_limit'] as const;

/** What the words stand before: nothing for the build container. */
type Prefix = '' | 'helper_' | 'service_';
type SizeKey = `${Prefix}${Resource}` | `pod_${(typeof POD_RESOURCES)[number]}`;
export type MaximumKey = `${SizeKey}_overwrite_max_allowed`;

const prefixes: readonly Prefix[] = ['', 'helper_', 'service_'];
const keys: readonly SizeKey[] = [
  ...prefixes.flatMap((prefix) => RESOURCES.map((resource): SizeKey => `${prefix}${resource}`)),
  ...POD_RESOURCES.map((resource): SizeKey => `pod_${resource}`),
];

/** An optional quantity for each name; the type says which names, which a record's would not. */
const quantities = <Key extends string>(names: readonly Key[]) =>
  Object.fromEntries(names.map((name) => [name, z.optional(/cpu/.test(name) ? quantity : bytes)])) as Record<
    Key,
    z.ZodMiniOptional<typeof quantity>
  >;

/** Each of these makes a size where no types are named. */
export const SIZING_REQUESTS = ['cpu_request', 'memory_request', 'pod_cpu_request', 'pod_memory_request'] as const;

const gpus = integer(0, 16);

/** Sizes, and the maxima of what a job may ask for in their place. */
export const sizes = {
  ...quantities(keys),
  ...quantities(keys.map((key): MaximumKey => `${key}_overwrite_max_allowed`)),
  /** Whole GPUs of the build container. */
  gpu_limit: z.optional(gpus),
  gpu_limit_overwrite_max_allowed: z.optional(gpus),
};
