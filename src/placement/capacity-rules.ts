import type { Settings } from '../settings/schema.ts';
import { parseSize } from '../settings/sections/place.ts';
import { architectureOfType, gpusOfType, hasGpu } from './instance-types.ts';
import { isSpotSize, sizeFor, sizeLabel } from './sizes.ts';

/** Why ECI would refuse every such call. */
interface CapacityProblem {
  /** The setting that says it. */
  readonly path: readonly string[];
  readonly text: string;
  readonly remedy: string;
}

type Asked = Pick<Settings, 'instance_types' | 'spot' | 'gpu_limit' | 'cpu_architecture' | 'parameters'>;

/** What settings ask for that does not go together, found before anything is asked of ECI. A pure function. */
export const capacityProblems = (asked: Asked): readonly CapacityProblem[] =>
  [withoutSpotSize(asked), withoutGpu(asked), otherArchitecture(asked), categoryAlone(asked)].filter(
    (each) => each !== undefined,
  );

/** An ECS type is ECI's to judge: no page lists those that are never sold as spot. */
export function canBeSpot(label: string): boolean {
  const size = parseSize(label);
  return size === undefined || isSpotSize(size);
}

function withoutSpotSize({ instance_types: types, spot }: Asked): CapacityProblem | undefined {
  if (spot.strategy === 'NoSpot' || spot.on_demand_fallback || types.length === 0 || types.some(canBeSpot)) return;
  const size = parseSize(types[0] ?? '');
  const next = size && sizeFor(size.cpu, size.memory, true);
  return {
    path: ['instance_types'],
    text: `${types.join(', ')} cannot be had as spot: spot sizes start at 2 vCPU, with a GiB for each, in the steps that every region has`,
    remedy: `Ask for ${next ? `${sizeLabel(next)} or for ` : ''}an ECS type, or for on-demand (NoSpot).`,
  };
}

function withoutGpu({ instance_types: types, gpu_limit: gpus = 0 }: Asked): CapacityProblem | undefined {
  // Without types it is a size, and none of them has a GPU.
  const labels = types.length === 0 ? ['a size that requests make'] : types;
  const small = labels.find((type) => (gpusOfType(type) ?? gpus) < gpus);
  if (small === undefined) return;
  return {
    path: ['gpu_limit'],
    text: `${small} has ${hasGpu(small) ? `${gpusOfType(small)} GPU` : 'no GPU'}, and ${gpus} ${gpus === 1 ? 'is' : 'are'} asked for`,
    remedy:
      'Name only types with so many, such as ecs.gn6i-c4g1.xlarge with one: in instance_types, or a job in ECI_USE_SPECS.',
  };
}

function otherArchitecture({ instance_types: types, cpu_architecture: wanted }: Asked): CapacityProblem | undefined {
  const known = types.flatMap((type) => architectureOfType(type) ?? []);
  const architecture = wanted ?? known[0];
  const other = types.find((type) => (architectureOfType(type) ?? architecture) !== architecture);
  if (other === undefined) return;
  return {
    path: ['instance_types'],
    text: `${other} is ${architectureOfType(other)}, and ${wanted === undefined ? `${types[0]} is` : 'what is asked for is'} ${architecture}`,
    remedy: 'Name only types of the architecture that the images have: in instance_types, or a job in ECI_USE_SPECS.',
  };
}

function categoryAlone({
  instance_types: types,
  spot,
  cpu_architecture,
  parameters,
}: Asked): CapacityProblem | undefined {
  if (parameters.ComputeCategory === undefined) return;
  const others = [
    ...(spot.strategy === 'NoSpot' ? [] : ['spot']),
    ...(cpu_architecture === 'ARM64' ? ['ARM64'] : []),
    ...types.filter((type) => parseSize(type) === undefined),
  ];
  if (others.length === 0) return;
  return {
    path: ['parameters', 'ComputeCategory'],
    text: `ComputeCategory does not go with ${others.join(', ')}`,
    remedy: 'Leave it out (a job: eci-compute-category), or ask for sizes such as 2-4Gi, AMD64, on-demand.',
  };
}
