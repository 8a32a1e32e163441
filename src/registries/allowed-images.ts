import { DriverError } from '../driver-error.ts';
import type { Settings } from '../settings/schema.ts';
import { matchesGlob } from './glob.ts';

/**
 * The runner's rule (runner: `common/allowed_images.go`): without patterns every image is allowed, with them whatever fits one of them, and
 * the default image and the helper's always.
 * @param image as the job's author wrote it, variables filled in. @param helperImage as the settings name it, before mirrors.
 * @throws DriverError (user) that lists what is allowed.
 */
export function checkAllowed(
  image: string,
  kind: 'images' | 'services',
  settings: Settings,
  helperImage: string | undefined,
): void {
  const patterns = kind === 'images' ? settings.allowed_images : settings.allowed_services;
  if (patterns.length === 0 || image === settings.image || image === helperImage) return;
  if (patterns.some((pattern) => matchesGlob(pattern, image))) return;
  throw new DriverError('user', `The "${image}" image is not present on list of allowed ${kind}.`, {
    hint: `Take one that fits, or ask the operator: allowed_${kind} in the settings of gitlab-eci-executor.`,
    details: patterns.map((pattern) => `- ${pattern}`).join('\n'),
  });
}
