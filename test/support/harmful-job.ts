import { expect } from 'vitest';
import type { JobFields } from '../standin/job.ts';
import { BUSYBOX_IMAGE } from './image-names.ts';
import type { World } from './world.ts';

/** Runs a script that nobody would run on a machine of his own, root in its container; what follows it has to go on, and nothing may be left. */
export async function runHarmful(world: World, script: readonly string[], more: JobFields = {}) {
  const result = await world.run({
    image: BUSYBOX_IMAGE,
    script,
    afterScript: ['echo "after $CI_JOB_STATUS"'],
    ...more,
  });
  await world.nothingLeft();
  expect(await world.records()).toEqual([]);
  return { ...result, text: world.text(result) };
}
