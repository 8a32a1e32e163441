import { plural } from '../report/lines.ts';
import { plainTable } from '../tables/plain-table.ts';
import type { Finding } from './collect.ts';

/** @param all living jobs' groups too; otherwise they are only counted. */
export function table(findings: readonly Finding[], all: boolean): string {
  const shown = findings.filter(({ what }) => all || what !== 'kept');
  const rest = findings.length - shown.length;
  const count = rest === 0 ? '' : `${plural(rest, 'group')} of living jobs, left alone.\n`;
  if (shown.length === 0) return count === '' ? 'No groups of this manager.\n' : count;
  const rows = shown.map(({ id, job, status, age, what, why }) => [id, job, status, ageText(age), what, why]);
  return `${plainTable(['GROUP', 'JOB', 'STATUS', 'AGE', '', 'WHY'], rows)}${count}`;
}

function ageText(seconds: number | undefined): string {
  if (seconds === undefined) return '?';
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
