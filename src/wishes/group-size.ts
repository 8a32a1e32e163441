import { DriverError } from '../driver-error.ts';
import { architectureOfTypes } from '../group/architecture.ts';
import { hasGpu } from '../placement/instance-types.ts';
import { LARGEST, type Size, sizeFor, sizeLabel } from '../placement/sizes.ts';
import { plural } from '../report/lines.ts';
import { toGiB, toVcpu } from '../settings/quantity.ts';
import type { Settings } from '../settings/schema.ts';
import type { ContainerResources, GroupResources, ReadResources } from './resources.ts';

/** What ECI gives when nobody says anything ("Specify the number of vCPUs and memory size"). */
const USUAL: Size = { cpu: 2, memory: 4 };

/** What ECI gives for nothing, and the most that can be asked for beyond (ECI: EphemeralStorage). In GiB. */
const FREE_STORAGE = 30;
const MOST_STORAGE = 5000;

interface Sized {
  readonly settings: Settings;
  /** For the job log. */
  readonly lines: readonly string[];
}

/**
 * The size that the stated requests of build and services make, rounded up to one that ECI sells; the helper's are not counted, as it never
 * works while the others do. Types win over requests of the same layer, as on ACK: the job's specs over all, then its requests over the
 * settings' types, and those over the settings' requests.
 * @param specs the job names its types itself.
 * @throws DriverError (user) when ECI sells nothing so large.
 */
export function withGroupSize(settings: Settings, { resources, sized }: ReadResources, specs: boolean): Sized {
  const types = settings.instance_types;
  if (specs || (!sized && types.length > 0)) return { settings, lines: [] };
  if (types.some(hasGpu)) {
    return { settings, lines: [`Requests do not size this group: its GPU comes with ${types.join(', ')}.`] };
  }
  const wanted = sumOf(resources);
  if (wanted === undefined && types.length > 0) return { settings, lines: [] };
  const { cpu, memory } = wanted ?? USUAL;
  const size = sizeFor(cpu, memory, settings.spot.strategy !== 'NoSpot');
  if (!size) throw tooLarge({ cpu, memory }, resources);
  // Types that are replaced had an architecture, and the job's image has it too.
  const architecture = settings.cpu_architecture ?? architectureOfTypes(types);
  return {
    settings: {
      ...settings,
      instance_types: [sizeLabel(size)],
      ...(architecture === undefined ? {} : { cpu_architecture: architecture }),
    },
    lines: isServicesAlone(resources) ? [SERVICES_ALONE] : [],
  };
}

const SERVICES_ALONE =
  'The group is as large as the services ask for: nothing is asked for the build container (KUBERNETES_CPU_REQUEST, KUBERNETES_MEMORY_REQUEST).';

const isServicesAlone = ({ build, pod }: GroupResources): boolean =>
  [build, pod].every(({ cpu_request, memory_request }) => cpu_request === undefined && memory_request === undefined);

const containers = ({ build, services }: GroupResources): readonly ContainerResources[] => [
  build,
  ...Object.values(services),
];

/** @returns undefined when nothing is asked for. What the pod as a whole asks for holds all of its containers. */
function sumOf(resources: GroupResources): Size | undefined {
  const sum = (resource: 'cpu_request' | 'memory_request'): number =>
    containers(resources).reduce((total, each) => total + (each[resource] ?? 0), 0);
  const cpu = toVcpu(Math.max(resources.pod.cpu_request ?? 0, sum('cpu_request')));
  const memory = toGiB(Math.max(resources.pod.memory_request ?? 0, sum('memory_request')));
  return cpu === 0 && memory === 0 ? undefined : { cpu, memory };
}

function tooLarge({ cpu, memory }: Size, { services }: GroupResources): DriverError {
  const count = Object.keys(services).length;
  const whose = count === 0 ? 'the build container' : `the build container and ${plural(count, 'service')}`;
  return new DriverError(
    'user',
    `The requests of ${whose} are ${cpu} vCPU and ${memory} GiB in sum, and ECI sells no size that is so large: ${LARGEST.cpu} vCPU and ${LARGEST.memory} GiB are the most.`,
    {
      hint: 'Ask for less: KUBERNETES_CPU_REQUEST, KUBERNETES_MEMORY_REQUEST and those of the services, or the settings of these names.',
    },
  );
}

/**
 * Disk space that the requests of build and services need beyond what is free, never less than the operator gives every job.
 * @throws DriverError (user) when it is more than ECI gives.
 */
export function withStorage(settings: Settings, { resources }: ReadResources): Settings {
  const bytes = containers(resources).reduce((total, each) => total + (each.ephemeral_storage_request ?? 0), 0);
  const extra = Math.ceil(toGiB(bytes)) - FREE_STORAGE;
  if (extra > MOST_STORAGE) {
    throw new DriverError(
      'user',
      `The containers ask for ${toGiB(bytes)} GiB of ephemeral storage in sum, and ECI gives ${FREE_STORAGE + MOST_STORAGE} GiB at most.`,
      { hint: 'Ask for less (KUBERNETES_EPHEMERAL_STORAGE_REQUEST), or put the data on a volume.' },
    );
  }
  const given = Number(settings.parameters.EphemeralStorage ?? 0);
  if (extra <= given) return settings;
  return { ...settings, parameters: { ...settings.parameters, EphemeralStorage: extra } };
}
