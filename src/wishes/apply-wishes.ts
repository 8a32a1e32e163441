import type { Environment } from '../context.ts';
import { DriverError, retold } from '../driver-error.ts';
import type { ContainerLimits } from '../group/container-limits.ts';
import { capacityProblems } from '../placement/capacity-rules.ts';
import { plural } from '../report/lines.ts';
import { problemsAfterChange } from '../settings/parse.ts';
import { problemLine } from '../settings/problems.ts';
import { toGiB, toVcpu } from '../settings/quantity.ts';
import type { Settings } from '../settings/schema.ts';
import { readGpus } from './gpus.ts';
import { withGroupSize, withStorage } from './group-size.ts';
import { readNodeSelector } from './node-selector.ts';
import { readAnnotations } from './read-annotations.ts';
import { refusedWish } from './refused-wish.ts';
import {
  type ContainerResources,
  type GroupResources,
  readResources,
  type ServiceWishes,
  type Variable,
} from './resources.ts';
import { sourceOf, type Sources } from './sources.ts';

/** The settings of one job, its wishes laid over the operator's. */
export interface Wished {
  /** Their instance types say what is asked for: what the job or the settings name, or the size that requests make. */
  readonly settings: Settings;
  /** By the name of the container. */
  readonly limits: Readonly<Record<string, ContainerLimits>>;
  /** The job's wishes differ from what the operator has set. */
  readonly changed: boolean;
  /** What a job would have that asks for nothing; undefined where the settings alone make no group. */
  readonly unwished: Settings | undefined;
  /** For the job log. */
  readonly lines: readonly string[];
}

/**
 * What a job asks for by variables (`KUBERNETES_POD_ANNOTATIONS_<n>`, `KUBERNETES_CPU_REQUEST` and family, and our own `ECI_*` names), as far
 * as the operator allows it: the weakest layer of the settings comes first, the job's wishes last.
 *
 * The values are the runner's, expanded (`CUSTOM_ENV_*`), in its order. They are wishes, checked here; nothing else is taken from there.
 * @param services those of the job, which share the group's size.
 * @throws DriverError (user) for a wish that is not allowed, not understood, or for what ECI never gives; nothing has been asked of it then.
 * (operator) where the same would happen to a job that asks for nothing.
 */
export function applyWishes(settings: Settings, env: Environment, services: readonly ServiceWishes[] = []): Wished {
  const alone = withoutWishes(settings, services);
  try {
    return { ...wished(settings, env, services), unwished: alone instanceof DriverError ? undefined : alone };
  } catch (error) {
    throw error instanceof DriverError && alone instanceof DriverError ? alone : error;
  }
}

/** @returns what the settings make without anything of the job's, or what is wrong with them then. */
function withoutWishes(settings: Settings, services: readonly ServiceWishes[]): Settings | DriverError {
  const theirs = services.filter(({ owner }) => owner === 'settings');
  try {
    return wished(settings, {}, theirs).settings;
  } catch (error) {
    if (error instanceof DriverError) return retold(error, { fault: 'operator' });
    throw error;
  }
}

function wished(settings: Settings, env: Environment, services: readonly ServiceWishes[]): Omit<Wished, 'unwished'> {
  const variables = jobVariables(env);
  const annotations = readAnnotations(variables, settings);
  const selected = readNodeSelector(variables, annotations.settings);
  const gpus = readGpus(variables, selected.settings);
  const resources = readResources(variables, settings, services);
  const specs = annotations.settings.instance_types !== settings.instance_types;
  const size = withGroupSize(gpus.settings, resources, specs);
  const sized = withStorage(size.settings, resources);
  const [problem] = capacityProblems(sized);
  if (problem)
    throw new DriverError('user', `The job cannot have the machine that it asks for: ${problem.text}.`, {
      hint: problem.remedy,
    });
  checkChange(sized, annotations.sources);
  return {
    settings: sized,
    changed: gpus.settings !== settings || resources.lines.length > 0,
    limits: limitsOf(resources.resources, sized),
    lines: [
      ...[annotations, selected, gpus, resources, size].flatMap(({ lines }) => lines),
      ...ignoredLines([
        ...forWantOf('pod_annotations_overwrite_allowed', annotations.ignored),
        ...forWantOf('node_selector_overwrite_allowed', selected.ignored),
        ...[...gpus.ignored, ...resources.ignored].map(
          ({ variable, setting }) => `${variable} (${setting} is not set)`,
        ),
      ]),
      ...noCounterpart(variables, selected.withoutEffect),
    ],
  };
}

/** A job's values are checked where they are read; whether they go together with the rest is seen when all are there. */
function checkChange(settings: Settings, sources: Sources): void {
  const [problem] = problemsAfterChange(settings);
  if (problem === undefined) return;
  const source = sourceOf(problem.path, sources);
  if (source !== undefined) throw refusedWish(source.variable, source.value, problem.text);
  throw new DriverError('user', `What the job asks for does not go with the settings: ${problemLine(problem)}.`, {
    hint: 'Change its variables, or ask the operator of this runner.',
  });
}

const CUSTOM_ENV = 'CUSTOM_ENV_';

const jobVariables = (env: Environment): Variable[] =>
  Object.entries(env).flatMap(([name, value]) =>
    name.startsWith(CUSTOM_ENV) && value !== undefined ? [[name.slice(CUSTOM_ENV.length), value] as const] : [],
  );

function limitsOf({ build, helper, services }: GroupResources, settings: Settings): Wished['limits'] {
  const containers = { ...services, build, ...(settings.helper ? { helper } : {}) };
  return Object.fromEntries(Object.entries(containers).map(([name, resources]) => [name, limitsOfOne(resources)]));
}

const limitsOfOne = ({ cpu_limit, memory_limit }: ContainerResources): ContainerLimits => ({
  ...(cpu_limit === undefined ? {} : { cpu: toVcpu(cpu_limit) }),
  ...(memory_limit === undefined ? {} : { memory: toGiB(memory_limit) }),
});

const forWantOf = (setting: string, variables: readonly string[]): string[] =>
  variables.length === 0 ? [] : [`${listed(variables)} (${setting} is not set)`];

const ignoredLines = (parts: readonly string[]): string[] =>
  parts.length === 0 ? [] : [`Ignored, because the operator of this runner does not allow them: ${parts.join(', ')}`];

const NAMED = 3;

const listed = (names: readonly string[]): string =>
  names.length <= NAMED
    ? names.join(', ')
    : `${names.slice(0, NAMED).join(', ')} and ${plural(names.length - NAMED, 'other')}`;

/** Other wishes of the Kubernetes executor: there is no pod that they could be about. */
const NO_COUNTERPART =
  /^KUBERNETES_(NAMESPACE_OVERWRITE|SERVICE_ACCOUNT_OVERWRITE|BEARER_TOKEN|POD_LABELS_.*|NODE_TOLERATIONS_.*)$/;

function noCounterpart(variables: readonly Variable[], more: readonly string[]): string[] {
  const names = [...variables.flatMap(([name]) => (NO_COUNTERPART.test(name) ? [name] : [])), ...more];
  return names.length === 0 ? [] : [`Without effect on a container group: ${listed(names)}`];
}
