import type { GroupState } from './group-state.ts';

const HOUR = 3_600_000;
/** Records of ended groups beyond their first hour ("Lifecycle of an elastic container instance"). */
const NEWEST = 100;

/**
 * What is left of these groups' records: those that have ended are kept for an hour, then the newest hundred only; a group that could not be
 * scheduled is removed after 24 hours.
 */
export function keptRecords(groups: readonly GroupState[], now: number): readonly GroupState[] {
  const age = ({ finishedAt }: GroupState): number => (finishedAt === undefined ? 0 : now - finishedAt);
  const old = groups
    .filter((group) => group.isFinal && age(group) > HOUR)
    .sort((a, b) => age(a) - age(b))
    .slice(NEWEST);
  const dropped = new Set(old);
  return groups.filter(
    (group) => !dropped.has(group) && !(group.status === 'ScheduleFailed' && age(group) > 24 * HOUR),
  );
}
