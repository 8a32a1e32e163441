import type { Settings } from '../settings/schema.ts';
import { refusedWish } from './refused-wish.ts';
import { parseQuantity } from '../settings/quantity.ts';

/** Kubernetes' words for what a job may ask for; values in vCPU and bytes. */
export interface ResourceWishes {
  readonly build: ContainerResources;
  readonly helper: ContainerResources;
}

export interface ContainerResources {
  readonly cpu_request?: number;
  readonly cpu_limit?: number;
  readonly memory_request?: number;
  readonly memory_limit?: number;
  readonly ephemeral_storage_request?: number;
  readonly ephemeral_storage_limit?: number;
}

type Resource = keyof ContainerResources;
type MaximumSetting = keyof Settings & `${string}_overwrite_max_allowed`;

/** The Kubernetes executor's variables, its word for each in its log, and the setting that bounds it (runner: `kubernetes/overwrites.go`). */
const RESOURCES: readonly { readonly resource: Resource; readonly word: string }[] = [
  { resource: 'cpu_request', word: 'CPURequest' },
  { resource: 'cpu_limit', word: 'CPULimit' },
  { resource: 'memory_request', word: 'MemoryRequest' },
  { resource: 'memory_limit', word: 'MemoryLimit' },
  { resource: 'ephemeral_storage_request', word: 'EphemeralStorageRequest' },
  { resource: 'ephemeral_storage_limit', word: 'EphemeralStorageLimit' },
];

const CONTAINERS = [
  { container: 'build', variable: '', setting: '', word: '' },
  { container: 'helper', variable: 'HELPER_', setting: 'helper_', word: 'Helper' },
] as const;

interface Known {
  readonly container: (typeof CONTAINERS)[number]['container'];
  readonly resource: Resource;
  readonly word: string;
  readonly setting: MaximumSetting;
}

/** By variable: `KUBERNETES_CPU_REQUEST`, `ECI_HELPER_MEMORY_LIMIT`, … */
const BY_VARIABLE: ReadonlyMap<string, Known> = new Map(
  ['KUBERNETES_', 'ECI_'].flatMap((prefix) =>
    CONTAINERS.flatMap(({ container, variable, setting, word }) =>
      RESOURCES.map((each): [string, Known] => [
        `${prefix}${variable}${each.resource.toUpperCase()}`,
        {
          container,
          resource: each.resource,
          word: `${word}${each.word}`,
          setting: `${setting}${each.resource}_overwrite_max_allowed` as MaximumSetting,
        },
      ]),
    ),
  ),
);

export interface ReadResources {
  readonly resources: ResourceWishes;
  /** For the job log. */
  readonly lines: readonly string[];
  /** Variables that no maximum allows, with the setting that would. */
  readonly ignored: readonly { readonly variable: string; readonly setting: string }[];
}

/**
 * The job's own sizes, as far as the operator's maxima allow them: an unset maximum switches a variable off, a set one bounds it.
 * @param variables the job's, in the runner's order: a later one wins.
 * @throws DriverError (user) for a value that is no quantity or above its maximum.
 */
export function readResources(variables: readonly (readonly [string, string])[], settings: Settings): ReadResources {
  const resources: Record<Known['container'], { -readonly [name in Resource]?: number }> = { build: {}, helper: {} };
  const lines: string[] = [];
  const ignored: { variable: string; setting: string }[] = [];
  for (const [variable, value] of variables) {
    const known = BY_VARIABLE.get(variable);
    // An empty value is how a pipeline takes a wish back.
    if (!known || value === '') continue;
    const highest = settings[known.setting];
    if (highest === undefined) {
      ignored.push({ variable, setting: known.setting });
      continue;
    }
    const amount = parseQuantity(value);
    if (amount === undefined) throw refusedWish(variable, value, 'it is no Kubernetes quantity such as 500m, 4 or 8Gi');
    if (amount > (parseQuantity(highest) ?? 0)) {
      throw refusedWish(variable, value, `the resource "${known.word}" is higher than the limit allowed, "${highest}"`);
    }
    resources[known.container][known.resource] = amount;
    lines.push(`"${known.word}" overwritten with "${value}"`);
  }
  return { resources, lines, ignored };
}
