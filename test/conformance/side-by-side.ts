import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { implementationOf } from './suite-name.ts';

/** How one test of the suite went for one implementation of the agent protocol. */
export interface Outcome {
  readonly implementation: string;
  /** The part of the suite, and what is in it, down to the test itself. */
  readonly path: readonly string[];
  readonly result: string;
}

/**
 * A row for each test, a column for each implementation. What stands in a cell is what the run has told, and a dash where it has told nothing.
 * @returns lines.
 */
export function sideBySide(outcomes: readonly Outcome[]): string[] {
  const unique = (names: readonly string[]): string[] => [...new Set(names)];
  const implementations = unique(outcomes.map(({ implementation }) => implementation)).sort();
  // A part has several tests; who has no part was not tested, and says why in the place of one.
  const isTested = ({ path }: Outcome): boolean => path.length > 1;
  const tested = implementations.filter((name) =>
    outcomes.some((each) => each.implementation === name && isTested(each)),
  );
  const rows = unique(outcomes.filter(isTested).map(({ path }) => path.join(' › ')));
  const results = new Map<string, string[]>();
  for (const { implementation, path, result } of outcomes) {
    const key = `${implementation}\n${path.join(' › ')}`;
    results.set(key, [...(results.get(key) ?? []), result]);
  }
  const cell = (implementation: string, row: string): string =>
    unique(results.get(`${implementation}\n${row}`) ?? ['-']).join(' and ');
  const width = Math.max(...tested.flatMap((name) => rows.map((row) => cell(name, row).length)), 0);
  const letters = tested.map((_, index) => String.fromCharCode('A'.charCodeAt(0) + index));
  const line = (columns: readonly string[], row: string): string =>
    [...columns.map((column) => column.padEnd(width)), row].join('  ').trimEnd();
  const tally = (name: string): string =>
    unique(rows.map((row) => cell(name, row)))
      .map((result) => `${rows.filter((row) => cell(name, row) === result).length} ${result}`)
      .join(', ');
  return [
    ...tested.map((name, index) => `${letters[index]}  ${name}: ${tally(name)}`),
    ...outcomes
      .filter((each) => !isTested(each))
      .map(({ implementation, path }) => `-  ${implementation} ${path.join()}`),
    line(letters, ''),
    ...rows.map((row) =>
      line(
        tested.map((name) => cell(name, row)),
        row,
      ),
    ),
  ];
}

/** Shows at the end of a test run how the implementations of the agent protocol that were tested in it did. */
export default class SideBySide implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const outcomes = modules.flatMap((module) => [...module.children.allTests()].flatMap(outcomeOf));
    if (outcomes.length > 0)
      console.log(['', 'The agent protocol, side by side', ...sideBySide(outcomes), ''].join('\n'));
  }
}

function outcomeOf(test: TestCase): Outcome[] {
  const path = [test.name];
  for (let { parent } = test; parent.type === 'suite'; { parent } = parent) {
    const implementation = implementationOf(parent.name);
    if (implementation !== undefined) return [{ implementation, path, result: resultOf(test) }];
    path.unshift(parent.name);
  }
  return [];
}

function resultOf(test: TestCase): string {
  const result = test.result();
  return result.state === 'skipped' && result.note !== undefined ? `skipped: ${result.note}` : result.state;
}
