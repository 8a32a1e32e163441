import type { Figures } from './measure.ts';

export const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** One contender a line, each but the peer with its ratio to that one, if there is a peer. The last line is empty. */
export function tableOf(title: string, figures: readonly Figures[], peer?: string): string {
  const against = figures.find(({ name }) => name === peer)?.median;
  const lines = figures.map(({ name, median, spread, most, count }) => {
    const ratio = against === undefined || name === peer ? '' : `  ${(median / against).toFixed(2)} x ${peer}`;
    const values = `(${spread.map(rounded).join(' to ')}, at most ${rounded(most)}; ${count})`;
    return `  ${name.padEnd(22)} ${rounded(median).padStart(9)}  ${values}${ratio}`;
  });
  return [title, ...lines, ''].join('\n');
}

/** Two decimals where they say something. */
export const rounded = (value: number): string => (value < 10 ? value.toFixed(2) : value.toFixed(1));
