import type { Settings } from '../settings/schema.ts';

/** The job variable that has brought a part of the settings. */
export interface Source {
  readonly variable: string;
  readonly value: string;
}

/** By the path of the part: a setting, or a key of a table. */
export type Sources = ReadonlyMap<string, Source>;

/** What one variable has changed: `eip` and `eip.bandwidth`, `host_aliases`. */
export const changedPaths = (before: Settings, after: Settings): readonly string[] =>
  changedKeys(before, after).flatMap((key) => {
    const [one, other] = [before[key as keyof Settings], after[key as keyof Settings]];
    return [key, ...(isTable(one) && isTable(other) ? changedKeys(one, other).map((inner) => `${key}.${inner}`) : [])];
  });

const changedKeys = (before: object, after: object): readonly string[] => {
  const known = new Map(Object.entries(before));
  return Object.entries(after).flatMap(([key, value]) => (known.get(key) === value ? [] : [key]));
};

const isTable = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @param path of a problem: `host_aliases[0].ip`, `eip.bandwidth`. @returns undefined where no variable has brought what stands there. */
export function sourceOf(path: string, sources: Sources): Source | undefined {
  const [setting = '', key = ''] = path.split(/[.[\]]+/);
  return sources.get(`${setting}.${key}`) ?? sources.get(setting);
}
