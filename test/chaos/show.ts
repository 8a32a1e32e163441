import { plainTable } from '../../src/tables/plain-table.ts';
import { CONSEQUENCES } from './colours.ts';
import type { PlannedJob } from './plan.ts';
import type { FaultRow } from './row.ts';
import type { Figures, Judged } from './tally.ts';

const HEAD = ['FAULT', 'TIMES', 'MISSED', 'WRONG COLOURS', 'BYTES LOST', 'GROUPS LEFT', 'LONGEST TIME TO NOTICE'];

/** A line a fault, with what went wrong in the jobs that had it; the last line counts each job once. */
export const tableOf = (figures: readonly Figures[]): string => plainTable(HEAD, figures.map(cells));

/** The same for a page. */
export const markdownOf = (figures: readonly Figures[]): string =>
  markdown(
    HEAD.map((each) => each.toLowerCase()),
    figures.map(cells),
  );

/** What the faults are, for a page. */
export const faultTable = (rows: readonly FaultRow[]): string =>
  markdown(
    ['fault', 'what', 'when', 'then'],
    rows.map(({ fault, what, when, then }) => [fault, what, when, CONSEQUENCES[then]]),
  );

const markdown = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |\n`).join('');

const cells = ({ fault, times, missed, wrongColours, bytesLost, groupsLeft, longestNotice }: Figures): string[] => [
  fault,
  ...[times, missed, wrongColours, bytesLost, groupsLeft].map(String),
  longestNotice === undefined ? '-' : `${(longestNotice / 1000).toFixed(1)} s`,
];

/** What was wrong with one job: its faults in their order, and each thing that was not as planned. */
export function troubleOf({ job, verdict }: Judged): string {
  const { colour, bytesLost, groupsLeft, missed } = verdict;
  const wrong = [
    ...(colour ? [`is "${colour.seen}", not "${colour.expected}"`] : []),
    ...(bytesLost > 0 ? [`has lost ${bytesLost} bytes`] : []),
    ...(groupsLeft > 0 ? [`has left ${groupsLeft} group(s)`] : []),
    ...missed.map((index) => `was not hit by "${job.faults[index]?.row.fault}"`),
  ];
  return `job ${job.number} ${wrong.join(', ')}\n  ${storyOf(job)}`;
}

export const storyOf = ({ exitCode, saves, faults }: PlannedJob): string =>
  `a script that ends with ${exitCode}, ${saves ? 'something' : 'nothing'} to save; ${faults
    .map(({ row, tick }) => (row.when === 'script' ? `${row.fault} at tick ${tick}` : row.fault))
    .join(', ')}`;
