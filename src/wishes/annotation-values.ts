/** Readers of annotation values: each returns what the API wants, or throws what is allowed instead, as an {@link BadValue}. */
export class BadValue extends Error {}

export const words = (value: string): string[] =>
  value
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');

export function flag(value: string): boolean {
  if (value === 'true' || value === 'false') return value === 'true';
  throw new BadValue('allowed is "true" or "false"');
}

export function oneOf<T extends string>(...allowed: readonly T[]): (value: string) => T {
  return (value) => {
    const found = allowed.find((each) => each === value);
    if (found === undefined) throw new BadValue(`allowed is ${allowed.map((each) => `"${each}"`).join(', ')}`);
    return found;
  };
}

export function wholeNumber(min: number, max: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= min && number <= max) return number;
    throw new BadValue(`allowed is a whole number from ${min} to ${max}`);
  };
}

/** Per hour, at most three decimals, as ECI takes it. */
export function price(value: string): number {
  if (/^\d+(\.\d{1,3}0*)?$/.test(value) && Number(value) > 0) return Number(value);
  throw new BadValue('allowed is a price per hour above 0 with at most 3 decimals');
}

export function matching(pattern: RegExp, allowed: string): (value: string) => string {
  return (value) => {
    if (pattern.test(value)) return value;
    throw new BadValue(`allowed is ${allowed}`);
  };
}

export const text = matching(/^[\x20-\x7e]{1,256}$/, 'a text of 1 to 256 printable characters');

export function json(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    throw new BadValue('it is not JSON');
  }
}
