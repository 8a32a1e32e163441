import { plural } from '../report/lines.ts';
import type { Finding } from './collect.ts';
import { Table } from './vendor.ts';

/** Plain columns: what people paste into a ticket, and what a journal shows. */
const PLAIN = {
  chars: Object.fromEntries(
    [
      ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
      ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'],
    ].map((name) => [name, '']),
  ),
  style: { 'padding-left': 0, 'padding-right': 2, head: [], border: [] },
};

/** @param all living jobs' groups too; otherwise they are only counted. */
export function table(findings: readonly Finding[], all: boolean): string {
  const shown = findings.filter(({ what }) => all || what !== 'kept');
  const rest = findings.length - shown.length;
  const count = rest === 0 ? '' : `${plural(rest, 'group')} of living jobs, left alone.\n`;
  if (shown.length === 0) return count === '' ? 'No groups of this manager.\n' : count;
  const rows = new Table({ ...PLAIN, head: ['GROUP', 'JOB', 'STATUS', 'AGE', '', 'WHY'] });
  rows.push(...shown.map(({ id, job, status, age, what, why }) => [id, job, status, ageText(age), what, why]));
  return `${rows.toString().replace(/ +$/gm, '')}\n${count}`;
}

function ageText(seconds: number | undefined): string {
  if (seconds === undefined) return '?';
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
