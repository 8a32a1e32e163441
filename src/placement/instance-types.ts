/** What the name of an ECS type tells: `ecs.c8y.2xlarge`, `ecs.gn6i-c8g1.2xlarge`. Families that are newer than these rules tell nothing. */
export type Architecture = 'AMD64' | 'ARM64';

/** Families with Arm cores: g8y and its like ("Specify or exclude specific ECS instance families to create a pod"), and the older g6r, c6r. */
const ARM = /^ecs\.(?:[cgr]\d+y|[cg]6r)\./;

/** Families of that page with Intel's or AMD's cores, and those with GPUs. */
const X86 =
  /^ecs\.(?:(?:hf)?[cgr]\d+(?:[aei]|ne|se|t)?\.|(?:ic|s|t)\d+[.-]|u\d[a-z]*-|s[en]\dn?e?\.|(?:ebm)?[sv]?gn\d)/;

/** Families with GPUs, whole or shared ("Create a GPU-accelerated ECI pod", "Instance naming conventions" of Elastic GPU Service). */
const GPU = /^ecs\.(?:ebm|scc)?[sv]?gn\d/;

/** @returns undefined for a size, and for a family that is not known. */
export function architectureOfType(type: string): Architecture | undefined {
  if (ARM.test(type)) return 'ARM64';
  return X86.test(type) ? 'AMD64' : undefined;
}

export const hasGpu = (type: string): boolean => GPU.test(type);

/** @returns undefined where the name does not say how many GPUs there are; 0 for a type without one, and for a size. */
export function gpusOfType(type: string): number | undefined {
  if (!hasGpu(type)) return 0;
  const [, count] = /-c\d+g(\d+)\./.exec(type) ?? [];
  return count === undefined ? undefined : Number(count);
}
