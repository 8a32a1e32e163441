import { createHash } from 'node:crypto';

/** A script whose log is known before it runs. */
export interface ChaosScript {
  readonly job: number;
  readonly ticks: number;
  readonly linesOfATick: number;
  /** What fills its lines: capitals and digits, which nothing begins with that may stand behind half a line. */
  readonly word: string;
  readonly exitCode: number;
  /** Behind this tick it waits to be ended; undefined: it ends by itself. */
  readonly hangsAt: number | undefined;
}

/** In front of every line, and nowhere else. */
const mark = (job: number): string => `~${job}~`;

/** The lines of one tick. */
const tickLines = ({ job, linesOfATick, word }: ChaosScript, tick: number): string =>
  Array.from({ length: linesOfATick }, (_, line) => `${mark(job)} ${tick} ${line + 1} ${word}\n`).join('');

/** What shows in a log that a tick has come. */
export const tickShows = ({ job }: Pick<ChaosScript, 'job'>, tick: number): string => `${mark(job)} ${tick} 1 `;

/** Everything that it writes when nothing ends it. */
export const outputOf = (script: ChaosScript): Buffer =>
  Buffer.from(
    Array.from({ length: script.hangsAt ?? script.ticks }, (_, tick) => tickLines(script, tick + 1)).join(''),
  );

export const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** The lines of such a script in a job's log, whatever stands between them; the last one may be in part. */
export const linesIn = (log: Buffer, job: number): Buffer =>
  Buffer.from((log.toString('latin1').match(new RegExp(`${mark(job)}[0-9A-Z ]*\\n?`, 'g')) ?? []).join(''), 'latin1');

/** The same for any shell. */
export const textOf = (script: ChaosScript): string => {
  const { job, ticks, linesOfATick, word, exitCode, hangsAt } = script;
  return [
    `t=0; while [ $t -lt ${ticks} ]; do t=$((t+1)); n=0`,
    `while [ $n -lt ${linesOfATick} ]; do n=$((n+1)); echo "${mark(job)} $t $n ${word}"; done`,
    ...(hangsAt === undefined ? [] : [`if [ $t -eq ${hangsAt} ]; then sleep 600; fi`]),
    'sleep 0.1; done',
    `exit ${exitCode}`,
    '',
  ].join('\n');
};
