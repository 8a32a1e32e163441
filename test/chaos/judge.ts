import type { Colour } from './colours.ts';
import type { PlannedJob } from './plan.ts';
import { hashOf, linesIn, outputOf } from './script.ts';

/** What became of one fault. */
export interface ObservedFault {
  /** It came, and found what it was meant for. */
  readonly tookHold: boolean;
  /** Milliseconds until the driver had noticed, where that can be seen. */
  readonly noticed: number | undefined;
}

/** What became of a job. */
export interface Observed {
  /** A {@link Colour}, or another end that none of them is. */
  readonly colour: string;
  readonly log: Buffer;
  /** After the collector. */
  readonly groupsLeft: readonly string[];
  /** In the order of the plan. */
  readonly faults: readonly ObservedFault[];
}

export interface Verdict {
  readonly colour: { readonly expected: Colour; readonly seen: string } | undefined;
  readonly bytesLost: number;
  readonly groupsLeft: number;
  /** Faults that did not take hold, by their place in the plan. */
  readonly missed: readonly number[];
}

/** Compares what became of a job with what was known of it before. */
export function judge(job: PlannedJob, { colour, log, groupsLeft, faults }: Observed): Verdict {
  return {
    colour: colour === job.colour ? undefined : { expected: job.colour, seen: colour },
    bytesLost: bytesLost(job, linesIn(log, job.number)),
    groupsLeft: groupsLeft.length,
    missed: faults.flatMap(({ tookHold }, index) => (tookHold ? [] : [index])),
  };
}

export const isClean = ({ colour, bytesLost, groupsLeft, missed }: Verdict): boolean =>
  colour === undefined && bytesLost === 0 && groupsLeft === 0 && missed.length === 0;

/** Bytes of the script's output that are not there, or are there and wrong. Of a script that was ended, what came has to be its beginning. */
function bytesLost({ log, script, hash }: PlannedJob, came: Buffer): number {
  if (log === 'whole' && hashOf(came) === hash) return 0;
  const written = log === 'nothing' ? Buffer.alloc(0) : outputOf(script);
  let same = 0;
  while (same < came.length && came[same] === written[same]) same++;
  const wrong = came.length - same;
  return log === 'whole' ? Math.max(wrong, written.length - same) : wrong;
}
