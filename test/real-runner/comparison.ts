import type { Outcome } from './both-runners.ts';
import type { Case } from './cases.ts';

const COLUMNS = ['stand-in', 'real runner'] as const;

/** A table `case | stand-in | real runner`. */
export function comparison(
  cases: readonly Case[],
  outcomes: ReadonlyMap<string, ReadonlyMap<string, Outcome>>,
): string {
  const rows = [
    ['case', ...COLUMNS],
    ...cases.map(({ name }) => [name, ...COLUMNS.map((column) => words(outcomes.get(name)?.get(column)))]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join(' | ')
        .trimEnd(),
    )
    .join('\n');
}

function words(outcome: Outcome | undefined): string {
  if (!outcome) return 'not run';
  const { state, failureReason, exitCode, stages } = outcome;
  return `${[state, failureReason, exitCode].filter((part) => part !== undefined).join(' ')}, ${stages.length} calls`;
}
