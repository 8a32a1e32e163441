import { join } from 'node:path';
import type { JobRecord } from '../state/job-record.ts';

/** What one collector looks after: the groups of a manager in a region. Several may have one state folder, and leave each other's alone. */
export interface CollectorScope {
  readonly manager: string;
  readonly region: string;
  readonly stateDir: string;
}

/** A file that a collector keeps for itself. */
export const collectorFile = ({ manager, region, stateDir }: CollectorScope, ending: string): string =>
  join(stateDir, 'collector', `${region}.${manager}.${ending}`);

export const isInScope = ({ manager, cloud }: JobRecord, scope: CollectorScope): boolean =>
  manager === scope.manager && cloud.region === scope.region;
