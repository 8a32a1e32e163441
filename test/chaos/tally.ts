import type { FaultRow } from './row.ts';
import type { Observed, Verdict } from './judge.ts';
import type { PlannedJob } from './plan.ts';

export interface Judged {
  readonly job: PlannedJob;
  readonly observed: Observed;
  readonly verdict: Verdict;
}

/** One kind of fault over all jobs that had it. What went wrong with a job counts for each of its faults, since nobody knows which of them it was. */
export interface Figures {
  readonly fault: string;
  readonly times: number;
  readonly missed: number;
  readonly wrongColours: number;
  readonly bytesLost: number;
  readonly groupsLeft: number;
  /** Milliseconds; undefined when nobody measures it. */
  readonly longestNotice: number | undefined;
}

export const tally = (judged: readonly Judged[], rows: readonly FaultRow[]): readonly Figures[] =>
  rows.map((row) => figuresOf(row, judged));

function figuresOf(row: FaultRow, judged: readonly Judged[]): Figures {
  const hits = judged.flatMap(({ job, observed }) =>
    job.faults.flatMap((fault, index) => (fault.row === row ? [observed.faults[index]] : [])),
  );
  const jobs = judged.filter(({ job }) => job.faults.some((fault) => fault.row === row));
  const noticed = hits.flatMap((hit) => (hit?.noticed === undefined ? [] : [hit.noticed]));
  return {
    fault: row.fault,
    times: hits.length,
    missed: hits.filter((hit) => !hit?.tookHold).length,
    ...sums(jobs),
    longestNotice: noticed.length === 0 ? undefined : Math.max(...noticed),
  };
}

/** Each job once. */
export function total(judged: readonly Judged[]): Figures {
  const faults = judged.flatMap(({ observed }) => observed.faults);
  return {
    fault: 'all',
    times: faults.length,
    missed: faults.filter(({ tookHold }) => !tookHold).length,
    ...sums(judged),
    longestNotice: undefined,
  };
}

function sums(judged: readonly Judged[]): Pick<Figures, 'wrongColours' | 'bytesLost' | 'groupsLeft'> {
  const verdicts = judged.map(({ verdict }) => verdict);
  const sum = (each: (verdict: Verdict) => number): number =>
    verdicts.reduce((until, verdict) => until + each(verdict), 0);
  return {
    wrongColours: sum(({ colour }) => (colour ? 1 : 0)),
    bytesLost: sum(({ bytesLost }) => bytesLost),
    groupsLeft: sum(({ groupsLeft }) => groupsLeft),
  };
}
