import type { Clock } from '../context.ts';
import type { ContainerGroups, WireParameters } from '../eci/container-groups.ts';
import type { DriverLog } from '../report/driver-log.ts';
import type { JobLog } from '../report/job-log.ts';
import type { RecordKeeper } from '../state/record-keeper.ts';
import type { ZoneMemory } from '../state/zone-memory.ts';
import type { Adjustments } from './adjustments.ts';
import type { Choice } from './plan.ts';

/** The outside of a search for capacity. */
export interface PlacementPorts {
  readonly groups: ContainerGroups;
  readonly record: RecordKeeper;
  readonly memory: ZoneMemory;
  readonly log: JobLog;
  /** The operator's: what was decided, and why. */
  readonly decisions: DriverLog;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** A number from 0 to 1. */
  readonly random: () => number;
  /** ECI's parameters for one attempt. */
  readonly request: (choice: Choice, tryNumber: number, adjustments: Adjustments) => WireParameters;
  readonly attempt: string;
  /** The job's variables have changed the settings. */
  readonly hasWishes: boolean;
}
