import { build } from '../../build.ts';

/** Whole jobs run through the built bundles, so every test run builds them first. */
export default async function setup(): Promise<void> {
  await build();
}
