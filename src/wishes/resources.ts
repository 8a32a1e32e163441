import { GIB, isTooFewBytes, parseQuantity } from '../settings/quantity.ts';
import type { ServiceOwner } from '../services/service.ts';
import type { Settings } from '../settings/schema.ts';
import { type MaximumKey, type Resource, RESOURCES } from '../settings/sections/sizes.ts';
import { refusedWish } from './refused-wish.ts';

/** Kubernetes' words for what a container asks for and may use; values in vCPU and bytes, all above 0. */
export type ContainerResources = { readonly [resource in Resource]?: number };

/** A service of the job, as far as its size goes. */
export interface ServiceWishes {
  /** Name of its container. */
  readonly container: string;
  readonly owner: ServiceOwner;
  /** Its own variables, filled in. */
  readonly variables: readonly { readonly key: string; readonly value: string }[];
}

/** Name and value. */
export type Variable = readonly [string, string];

/** What is in force: the operator's, overwritten by the job's as far as the operator allows it. */
export interface GroupResources {
  readonly build: ContainerResources;
  readonly helper: ContainerResources;
  /** Of the pod as a whole. */
  readonly pod: ContainerResources;
  /** By the name of its container. */
  readonly services: Readonly<Record<string, ContainerResources>>;
}

export interface ReadResources {
  readonly resources: GroupResources;
  /** The job has a word in what sizes the group: resources of the build container, the pod or a service. */
  readonly sized: boolean;
  /** For the job log. */
  readonly lines: readonly string[];
  /** Variables that no maximum allows, with the setting that would. */
  readonly ignored: readonly { readonly variable: string; readonly setting: string }[];
}

const CONTAINERS = { build: '', helper: 'helper_', service: 'service_', pod: 'pod_' } as const;
type Container = keyof typeof CONTAINERS;

/** One of them, with the Kubernetes executor's word for it in its log, and the setting that bounds it (runner: `kubernetes/overwrites.go`). */
interface Known {
  readonly container: Container;
  readonly resource: Resource;
  readonly word: string;
  readonly setting: MaximumKey;
}

const hasSetting = (container: Container, resource: Resource): boolean =>
  container !== 'pod' || !resource.startsWith('ephemeral');

/** `helper_cpu_request`: `HelperCPURequest`. */
const wordOf = (key: string): string =>
  key
    .split('_')
    .map((part) => (part === 'cpu' ? 'CPU' : `${part.slice(0, 1).toUpperCase()}${part.slice(1)}`))
    .join('');

/** By variable: `KUBERNETES_CPU_REQUEST`, `ECI_HELPER_MEMORY_LIMIT`, … */
const BY_VARIABLE: ReadonlyMap<string, Known> = new Map(
  Object.entries(CONTAINERS).flatMap(([name, prefix]) => {
    const container = name as Container;
    return RESOURCES.filter((resource) => hasSetting(container, resource)).flatMap((resource) => {
      const key = `${prefix}${resource}`;
      const setting = `${key}_overwrite_max_allowed` as MaximumKey;
      return ['KUBERNETES_', 'ECI_'].map((own): [string, Known] => [
        `${own}${key.toUpperCase()}`,
        { container, resource, word: wordOf(key), setting },
      ]);
    });
  }),
);

/** What a container asks for and may use, and which of it the job says. */
interface Stated {
  readonly amounts: ContainerResources;
  readonly wished: ReadonlySet<Resource>;
}

/**
 * Sizes in force. As in the Kubernetes executor an unset maximum switches the job's variable off and a set one bounds it; what a service's own
 * variables say overwrites what the job's say for all services; a limit without a request is the request too.
 * @param variables the job's, in the runner's order: a later one wins.
 * @throws DriverError (user) for a value that is no quantity, above its maximum, or too little to run in.
 */
export function readResources(
  variables: readonly Variable[],
  settings: Settings,
  services: readonly ServiceWishes[],
): ReadResources {
  const lines: string[] = [];
  const ignored: { variable: string; setting: string }[] = [];
  const read = (container: Container, from: readonly Variable[], before: Stated, whose = ''): Stated => {
    const amounts: { -readonly [resource in Resource]?: number } = { ...before.amounts };
    const wished = new Set(before.wished);
    for (const [variable, value] of from) {
      const known = BY_VARIABLE.get(variable);
      // An empty value is how a pipeline takes a wish back.
      if (known?.container !== container || value === '') continue;
      const highest = settings[known.setting];
      if (highest === undefined) {
        ignored.push({ variable: `${variable}${whose}`, setting: known.setting });
        continue;
      }
      amounts[known.resource] = amountOf(`${variable}${whose}`, value, known, highest);
      wished.add(known.resource);
      lines.push(`"${known.word}"${whose} overwritten with "${value}"`);
    }
    return { amounts, wished };
  };
  const ofJob = (container: Container): Stated =>
    read(container, variables, { amounts: ofSettings(container, settings), wished: new Set() });
  const [build, helper, pod, service] = (['build', 'helper', 'pod', 'service'] as const).map(ofJob) as FourStated;
  const own = services.map(({ container, variables: its }) => {
    const from = its.map(({ key, value }): Variable => [key, value]);
    return [container, read('service', from, service, ` of ${container}`)] as const;
  });
  return {
    resources: {
      build: withRequests('build', build, settings),
      helper: withRequests('helper', helper, settings),
      pod: withRequests('pod', pod, settings),
      services: Object.fromEntries(own.map(([name, stated]) => [name, withRequests('service', stated, settings)])),
    },
    sized: [build, pod, ...own.map(([, stated]) => stated)].some(({ wished }) =>
      SIZING.some((each) => wished.has(each)),
    ),
    lines,
    ignored,
  };
}

type FourStated = [build: Stated, helper: Stated, pod: Stated, service: Stated];

const SIZING: readonly Resource[] = ['cpu_request', 'cpu_limit', 'memory_request', 'memory_limit'];

const ofSettings = (container: Container, settings: Settings): ContainerResources =>
  Object.fromEntries(
    RESOURCES.filter((resource) => hasSetting(container, resource)).flatMap((resource) => {
      const value = settings[`${CONTAINERS[container]}${resource}` as keyof Settings] as string | undefined;
      return value === undefined ? [] : [[resource, parseQuantity(value)]];
    }),
  );

function amountOf(variable: string, value: string, { resource, word }: Known, highest: string): number {
  const amount = parseQuantity(value);
  if (amount === undefined) throw refusedWish(variable, value, 'it is no Kubernetes quantity such as 500m, 4 or 8Gi');
  if (amount > (parseQuantity(highest) ?? 0)) {
    throw refusedWish(
      variable,
      value,
      `the resource "${word}" requested "${value}" is higher than limit allowed "${highest}"`,
    );
  }
  if (!resource.startsWith('cpu') && isTooFewBytes(amount)) {
    throw refusedWish(variable, value, `it means ${amount} bytes; a unit such as Mi or Gi seems to be missing`);
  }
  return amount;
}

const KINDS = ['cpu', 'memory', 'ephemeral_storage'] as const;
type Kind = (typeof KINDS)[number];

/** Bytes for each vCPU where vCPU are asked for alone: the ratio of ECI's own default, 2 vCPU and 4 GiB. */
const USUAL_RATIO = 2 * GIB;

/**
 * Kubernetes' default of a request is the limit. But a group's size is paid for, so what a job's own limit or vCPU stand for stays below the
 * maximum of requests. Nothing (0) is what nobody asks for, and no limit.
 */
function withRequests(container: Container, { amounts, wished }: Stated, settings: Settings): ContainerResources {
  const stand = (kind: Kind, instead: number | undefined, by: Resource): number | undefined => {
    const highest = settings[`${CONTAINERS[container]}${kind}_request_overwrite_max_allowed` as MaximumKey];
    const bound = wished.has(by) && highest !== undefined ? parseQuantity(highest) : undefined;
    return amounts[`${kind}_request`] ?? (instead === undefined ? undefined : Math.min(instead, bound ?? Infinity));
  };
  const requests = KINDS.map(
    (kind) => [`${kind}_request`, stand(kind, amounts[`${kind}_limit`], `${kind}_limit`)] as const,
  );
  const all: ContainerResources = { ...amounts, ...Object.fromEntries(requests) };
  const { cpu_request: cpu } = all;
  const memory = all.memory_request ?? (cpu && stand('memory', cpu * USUAL_RATIO, 'cpu_request'));
  return Object.fromEntries(
    Object.entries({ ...all, memory_request: memory }).filter(([, amount]) => (amount ?? 0) > 0),
  );
}
