/** One way of doing a thing, timed from outside. */
export interface Contender {
  readonly name: string;
  /** @returns what is measured, or several of it: milliseconds, unless the table says otherwise. */
  run(): Promise<number | readonly number[]>;
}

export interface Figures {
  readonly name: string;
  readonly median: number;
  /** The middle half of the values: from the lower to the upper quartile. */
  readonly spread: readonly [number, number];
  readonly most: number;
  /** How many values there were. */
  readonly count: number;
}

/**
 * Lets the contenders take turns, so that whatever else the machine does meanwhile hits all of them. A first round of each is not counted.
 */
export async function compare(rounds: number, contenders: readonly Contender[]): Promise<readonly Figures[]> {
  const taken = contenders.map((): number[] => []);
  for (let round = -1; round < rounds; round++) {
    for (const [index, contender] of contenders.entries()) {
      const values = await contender.run();
      if (round >= 0) taken[index]?.push(...[values].flat());
    }
  }
  return contenders.map(({ name }, index) => figuresOf(name, taken[index] ?? []));
}

export function figuresOf(name: string, values: readonly number[]): Figures {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    name,
    median: quantile(sorted, 0.5),
    spread: [quantile(sorted, 0.25), quantile(sorted, 0.75)],
    most: sorted.at(-1) ?? Number.NaN,
    count: sorted.length,
  };
}

/** Between two values in proportion. */
function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const [low, high] = [sorted[Math.floor(at)] ?? Number.NaN, sorted[Math.ceil(at)] ?? Number.NaN];
  return low + (high - low) * (at - Math.floor(at));
}
