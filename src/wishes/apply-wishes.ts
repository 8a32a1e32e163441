import type { Environment } from '../context.ts';
import { sizeFor } from '../placement/sizes.ts';
import { plural } from '../report/lines.ts';
import type { Settings } from '../settings/schema.ts';
import { toGiB } from '../settings/quantity.ts';
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
  /** For the job log. */
  readonly lines: readonly string[];
}

/** What ECI gives for nothing; only what is more has to be asked for. In GiB. */
const FREE_STORAGE = 30;

/** GiB for each vCPU where a job names one of the two alone: the ratio of ECI's own default, 2 vCPU and 4 GiB. */
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
 * Kubernetes, a limit without a request is the request. The helper's are not counted.
 */
function withSize(settings: Settings, build: ContainerResources, specs: boolean): Settings {
  const cpu = build.cpu_request ?? build.cpu_limit;
  const bytes = build.memory_request ?? build.memory_limit;
  if (specs || (cpu === undefined && bytes === undefined)) return settings;
  const memory = bytes === undefined ? undefined : toGiB(bytes);
  const spot = settings.spot.strategy !== 'NoSpot';
  const wantedCpu = cpu ?? (memory ?? 0) / USUAL_RATIO;
  const wantedMemory = memory ?? wantedCpu * USUAL_RATIO;
  const size = sizeFor(wantedCpu, wantedMemory, spot);
  if (!size) {
    throw refusedWish(
      'KUBERNETES_CPU_REQUEST, KUBERNETES_MEMORY_REQUEST',
      `${wantedCpu} vCPU, ${wantedMemory} GiB`,
      'ECI sells no size that is so large',
    );
  }
  return { ...settings, instance_types: [`${size.cpu}-${size.memory}Gi`] };
}

function withStorage(settings: Settings, build: ContainerResources): Settings {
  const bytes = build.ephemeral_storage_request ?? build.ephemeral_storage_limit;
  const extra = bytes === undefined ? 0 : Math.ceil(toGiB(bytes)) - FREE_STORAGE;
  if (extra <= 0) return settings;
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
