import type { Settings } from '../settings/schema.ts';
import { refusedWish } from './refused-wish.ts';
import type { ReadResources, Variable } from './resources.ts';

/** Our own word: the Kubernetes executor has none, and pods on ACK name `nvidia.com/gpu` in a patch of the pod. */
const VARIABLE = 'ECI_GPU_LIMIT';
const MAXIMUM = 'gpu_limit_overwrite_max_allowed';

/**
 * The GPUs that the job asks for, within the operator's maximum.
 * @throws DriverError (user) for a value that is no whole number or above the maximum.
 */
export function readGpus(
  variables: readonly Variable[],
  settings: Settings,
): Pick<ReadResources, 'lines' | 'ignored'> & { readonly settings: Settings } {
  const [, value = ''] = variables.findLast(([name]) => name === VARIABLE) ?? [];
  const highest = settings[MAXIMUM];
  if (value === '') return { settings, lines: [], ignored: [] };
  if (highest === undefined) return { settings, lines: [], ignored: [{ variable: VARIABLE, setting: MAXIMUM }] };
  if (!/^\d{1,2}$/.test(value)) throw refusedWish(VARIABLE, value, 'it is no whole number such as 1');
  if (Number(value) > highest) {
    throw refusedWish(
      VARIABLE,
      value,
      `the resource "GPULimit" requested "${value}" is higher than limit allowed "${highest}"`,
    );
  }
  return {
    settings: { ...settings, gpu_limit: Number(value) },
    lines: [`"GPULimit" overwritten with "${value}"`],
    ignored: [],
  };
}
