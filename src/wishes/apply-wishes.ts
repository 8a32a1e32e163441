import type { Environment } from '../context.ts';
import { sizeFor } from '../placement/sizes.ts';
import { plural } from '../report/lines.ts';
import type { Settings } from '../settings/schema.ts';
import { GIB, parseQuantity, toGiB } from '../settings/quantity.ts';
import { readAnnotations } from './read-annotations.ts';
import { refusedWish } from './refused-wish.ts';
import { type ContainerResources, readResources } from './resources.ts';

/** Limits of a container, in vCPU and GiB. */
export interface ContainerLimits {
  readonly cpu?: number;
  readonly memory?: number;
}

/** The settings of one job, its wishes laid over the operator's. */
export interface Wished {
  readonly settings: Settings;
  readonly limits: { readonly build: ContainerLimits; readonly helper: ContainerLimits };
  /** The job's wishes differ from what the operator has set. */
  readonly changed: boolean;
  /** For the job log. */
  readonly lines: readonly string[];
}

/** What ECI gives for nothing; only what is more has to be asked for. In GiB. */
const FREE_STORAGE = 30;

/** GiB for each vCPU where a job names its vCPU alone: the ratio of ECI's own default, 2 vCPU and 4 GiB. */
const USUAL_RATIO = 2;

/**
 * What a job asks for by variables (`KUBERNETES_POD_ANNOTATIONS_<n>`, `KUBERNETES_CPU_REQUEST` and family, and our own `ECI_*` names), as far
 * as the operator allows it: the weakest layer of the settings comes first, the job's wishes last.
 *
 * The values are the runner's, expanded (`CUSTOM_ENV_*`), in its order. They are wishes, checked here; nothing else is taken from there.
 * @throws DriverError (user) for a wish that is not allowed or not understood; nothing has been asked of the cloud then.
 */
export function applyWishes(settings: Settings, env: Environment): Wished {
  const variables = jobVariables(env);
  const annotations = readAnnotations(variables, settings);
  const { resources, lines, ignored } = readResources(variables, settings);
  const specs = annotations.settings.instance_types !== settings.instance_types;
  const sized = withStorage(withSize(annotations.settings, resources.build, specs), resources.build);
  return {
    settings: sized,
    changed: sized !== settings,
    limits: { build: limitsOf(resources.build), helper: limitsOf(resources.helper) },
    lines: [...annotations.lines, ...lines, ...ignoredLines(annotations.ignored, ignored), ...noCounterpart(variables)],
  };
}

const CUSTOM_ENV = 'CUSTOM_ENV_';

const jobVariables = (env: Environment): (readonly [string, string])[] =>
  Object.entries(env).flatMap(([name, value]) =>
    name.startsWith(CUSTOM_ENV) && value !== undefined ? [[name.slice(CUSTOM_ENV.length), value] as const] : [],
  );

/**
 * The size that the build container's requests make, unless specs are named too: on ACK, `eci-use-specs` wins over requests. As in
 * Kubernetes, a limit without a request is the request; but a group's size is paid for, so it stays below the maximum of requests all the
 * same. The helper's requests are not counted.
 */
function withSize(settings: Settings, build: ContainerResources, specs: boolean): Settings {
  const cpu = build.cpu_request ?? capped(build.cpu_limit, settings.cpu_request_overwrite_max_allowed);
  const bytes = build.memory_request ?? capped(build.memory_limit, settings.memory_request_overwrite_max_allowed);
  if (specs || (cpu === undefined && bytes === undefined)) return settings;
  const usual = capped((cpu ?? 0) * USUAL_RATIO * GIB, settings.memory_request_overwrite_max_allowed);
  const memory = toGiB(bytes ?? usual ?? 0);
  // Memory alone takes the fewest vCPU that it is sold with.
  const size = sizeFor(cpu ?? 0, memory, settings.spot.strategy !== 'NoSpot');
  if (!size) {
    throw refusedWish(
      'KUBERNETES_CPU_REQUEST, KUBERNETES_MEMORY_REQUEST',
      `${cpu ?? 0} vCPU, ${memory} GiB`,
      'ECI sells no size that is so large',
    );
  }
  return { ...settings, instance_types: [`${size.cpu}-${size.memory}Gi`] };
}

const capped = (amount: number | undefined, highest: string | undefined): number | undefined =>
  amount === undefined || highest === undefined ? amount : Math.min(amount, parseQuantity(highest) ?? amount);

/** Never less than the operator gives every job. */
function withStorage(settings: Settings, build: ContainerResources): Settings {
  const bytes = build.ephemeral_storage_request ?? build.ephemeral_storage_limit;
  const extra = bytes === undefined ? 0 : Math.ceil(toGiB(bytes)) - FREE_STORAGE;
  const given = Number(settings.parameters.EphemeralStorage ?? 0);
  if (extra <= given) return settings;
  return { ...settings, parameters: { ...settings.parameters, EphemeralStorage: extra } };
}

const limitsOf = ({ cpu_limit, memory_limit }: ContainerResources): ContainerLimits => ({
  ...(cpu_limit === undefined ? {} : { cpu: cpu_limit }),
  ...(memory_limit === undefined ? {} : { memory: toGiB(memory_limit) }),
});

function ignoredLines(
  annotations: readonly string[],
  resources: readonly { readonly variable: string; readonly setting: string }[],
): string[] {
  const parts = [
    ...(annotations.length === 0 ? [] : [`${listed(annotations)} (pod_annotations_overwrite_allowed is not set)`]),
    ...resources.map(({ variable, setting }) => `${variable} (${setting} is not set)`),
  ];
  return parts.length === 0
    ? []
    : [`Ignored, because the operator of this runner does not allow them: ${parts.join(', ')}`];
}

const NAMED = 3;

const listed = (names: readonly string[]): string =>
  names.length <= NAMED
    ? names.join(', ')
    : `${names.slice(0, NAMED).join(', ')} and ${plural(names.length - NAMED, 'other')}`;

/** Other wishes of the Kubernetes executor: there is no pod that they could be about. */
const NO_COUNTERPART =
  /^KUBERNETES_(NAMESPACE_OVERWRITE|SERVICE_ACCOUNT_OVERWRITE|BEARER_TOKEN|POD_LABELS_.*|NODE_SELECTOR_.*|NODE_TOLERATIONS_.*|POD_(CPU|MEMORY)_(REQUEST|LIMIT)|SERVICE_(CPU|MEMORY|EPHEMERAL_STORAGE)_(REQUEST|LIMIT))$/;

function noCounterpart(variables: readonly (readonly [string, string])[]): string[] {
  const names = variables.flatMap(([name]) => (NO_COUNTERPART.test(name) ? [name] : []));
  return names.length === 0 ? [] : [`Without effect on a container group: ${listed(names)}`];
}
