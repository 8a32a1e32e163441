import type { Job } from '../runner/job.ts';
import type { Settings } from '../settings/schema.ts';
import { type RunAs } from './run-as.ts';
import { runAsChosen } from './security.ts';

/** How the job's image is to be run: as whom, and what before our agent. */
export interface BuildContainer extends RunAs {
  /**
   * What runs before our agent: nothing (the image's entrypoint is ignored, as the Kubernetes executor does it), the image's own entrypoint,
   * or the one that the job names.
   */
  readonly entrypoint: 'ignored' | 'of the image' | readonly string[];
}

/** @throws DriverError (user) for a user that is no number or is not allowed. */
export function buildContainer(job: Job, settings: Settings, honorsEntrypoint: boolean): BuildContainer {
  return {
    ...runAsChosen(job.user, settings, 'build', { name: "The job's image", keyword: 'image' }),
    entrypoint: honorsEntrypoint ? honored(job.entrypoint) : 'ignored',
  };
}

/** `entrypoint: [""]` is Docker's way to have none. */
function honored(entrypoint: readonly string[]): BuildContainer['entrypoint'] {
  if (entrypoint.length === 0) return 'of the image';
  return entrypoint.every((word) => word === '') ? 'ignored' : entrypoint;
}
