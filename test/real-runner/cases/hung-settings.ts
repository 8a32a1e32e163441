import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import type { Case } from './case.ts';

/** The settings are a file that nobody ever writes, as on a file system that hangs: config reads it for good, and takes no notice of TERM. */
export const HUNG_SETTINGS: Pick<Case, 'before'> = {
  before: ({ settingsFile }) => {
    rmSync(settingsFile);
    execFileSync('mkfifo', [settingsFile]);
  },
};
