import { API } from './faults/api.ts';
import { CAPACITY } from './faults/capacity.ts';
import { CONNECTION } from './faults/connection.ts';
import { MACHINE } from './faults/machine.ts';
import { PROCESSES } from './faults/processes.ts';
import { SURROUNDINGS } from './faults/surroundings.ts';
import type { FaultRow } from './row.ts';

/** Every kind of fault: when it comes, and what it does to the colour of a job. */
export const FAULTS: readonly FaultRow[] = [
  ...CONNECTION,
  ...API,
  ...CAPACITY,
  ...MACHINE,
  ...PROCESSES,
  ...SURROUNDINGS,
];

/** So many faults of a subject fit into one job and leave its colour what the table says. Any number of the others. */
export const MOST_OF_A_SUBJECT: Readonly<Record<string, number>> = {
  // The client asks six times.
  API: 2,
  // There are four places.
  stock: 3,
  // An image has one rule.
  image: 1,
  clock: 1,
  state: 1,
};

/** The runner's third attempt is its last one. */
export const MOST_FAILED_ATTEMPTS = 2;

/** What can be made here. */
export const possible = (where: { machines: 'processes' | 'containers'; root: boolean }): readonly FaultRow[] =>
  FAULTS.filter(
    ({ only }) => (only !== 'processes' || where.machines === 'processes') && (only !== 'root' || where.root),
  );
