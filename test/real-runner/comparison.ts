import type { Outcome } from './both-runners.ts';

/** How a job ended, and how many groups were left then. */
export interface End extends Pick<Outcome, 'state' | 'failureReason' | 'exitCode'> {
  readonly allowedToFail: boolean;
  readonly groupsLeft: number;
}

/** A case's ends by runner; one that only a real runner can show says so. */
export interface Row {
  readonly name: string;
  readonly realOnly: boolean;
  readonly standIn?: End;
  readonly real?: End;
}

const HEAD = ['case', 'stand-in: state, failure reason, exit code, groups left', 'real runner: the same'];

/** A table in Markdown. */
export function comparison(rows: readonly Row[]): string {
  const cells = rows.map(({ name, realOnly, standIn, real }) => [
    name,
    realOnly ? 'real only' : words(standIn),
    words(real),
  ]);
  const widths = HEAD.map((_, column) => Math.max(...[HEAD, ...cells].map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(HEAD), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)].join('\n');
}

function words(end: End | undefined): string {
  if (!end) return 'not run';
  const { state, failureReason, exitCode, allowedToFail, groupsLeft } = end;
  return `${state}${allowedToFail ? ' (allowed)' : ''}, ${failureReason ?? '–'}, ${exitCode ?? '–'}, ${groupsLeft}`;
}
