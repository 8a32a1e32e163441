import { defineConfig } from 'vitest/config';
import { noDebian } from './test/support/no-containers.ts';
import { ON_BOTH_MACHINES } from './test/support/on-both-machines.ts';

const times = { testTimeout: 60_000, hookTimeout: 60_000 };

const everything = {
  test: { ...times, name: 'all', include: ['test/**/*.test.ts'], globalSetup: ['test/support/build-once.ts'] },
};

/** Whole jobs once more, on container machines. What is about the API alone is the same there. */
const onContainers = {
  test: {
    ...times,
    name: 'containers',
    include: [...ON_BOTH_MACHINES],
    globalSetup: ['test/support/build-once.ts', 'test/support/debian-once.ts'],
    env: { MACHINES: 'containers' },
  },
};

export default defineConfig({
  test: {
    projects: noDebian === undefined ? [everything, onContainers] : [everything],
    // Whole jobs start a dozen processes each: two files at a time keep a small machine responsive.
    maxWorkers: 2,
    reporters: process.env.CI
      ? ['default', ['json', { outputFile: 'test-results.json' }], './test/conformance/side-by-side.ts']
      : ['default'],
  },
});
