import type { WireParameters, WireValue } from './container-groups.ts';

/** The structures of a list in a create call; none where there is no list. What they are like nobody has checked: `[parameters]` are the operator's. */
export const wireEntries = (value: WireValue): readonly WireParameters[] =>
  Array.isArray(value) ? (value as readonly WireParameters[]) : [];
