import { expect, it } from 'vitest';
import type { AnswerFault, AnswerRow, Meaning } from '../../src/eci/answers/answer.ts';
import { ROWS } from '../../src/eci/answers/rows.ts';
import { OWN_CODES } from '../../src/eci/container-groups.ts';

const DOES: Readonly<Record<Meaning, string>> = {
  next: 'next attempt of the plan; this door is left alone for `zone_memory`',
  'next-zone': 'next zone; all types of this one are left alone for `zone_memory`',
  'next-spec': 'next type, in all zones',
  repeat: 'the same again after a pause (back-off with full jitter), bounded',
  'repeat-once': 'the same again, once',
  renew: 'looks for credentials anew and repeats, once',
  wait: 'waits for other jobs to end, until `poll_timeout`',
  'without-image-cache': 'the same attempt without `image_cache_id`, once',
  'other-spot-duration': 'the same attempt with the other spot duration, once; then the next type',
  done: 'nothing: it is a success',
  'give-up': 'ends',
};

const EXIT: Readonly<Record<AnswerFault, string>> = {
  platform: 'system failure (2)',
  operator: 'system failure (2)',
  user: 'job fails (1)',
  owner: "job fails (1) for the job's image or container; system failure (2) for helper's and agent's",
};

/** What ECI never says must not be looked up in its pages. */
const codeText = (code: string): string =>
  OWN_CODES.some((own) => own === code) ? `the driver's own \`${code}\`` : `\`${code}\``;

const recognised = ({ codes, text, httpStatus, httpStatusFrom }: AnswerRow): string =>
  [
    ...(codes?.map(codeText) ?? ['any other code']),
    ...(text ? [`with a text like \`${text.source}\``] : []),
    ...(httpStatus === undefined ? [] : [`with HTTP ${httpStatus}`]),
    ...(httpStatusFrom === undefined ? [] : [`with HTTP ${httpStatusFrom} and above, or 429`]),
  ].join(', ');

const cell = (text: string): string => text.replaceAll('|', '\\|');

it('docs/answers.md is made from the one table', async () => {
  const rows = ROWS.map((row) =>
    [recognised(row), row.class, DOES[row.means], [row.say, row.hint].filter(Boolean).join('. '), EXIT[row.fault]]
      .map(cell)
      .join(' | '),
  );
  const page = [
    '# What ECI answers, and what the driver does',
    '',
    'One table for the error codes of calls, the reasons of the events of a group that could not be scheduled, and the reasons of containers. Rows are tried from the top: codes come first,',
    "texts second, because texts change. `*` stands for anything. What is called the driver's own is no error code of ECI: it names what the driver found itself.",
    'Exit codes are those that a job has which ends with this answer. The page is made from `src/eci/answers/`',
    '(`npx vitest run test/eci/answers-page.test.ts --update`).',
    '',
    '| recognised by | class | the driver | people read | exit |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row} |`),
    '| anything else | bad request | ends | refused, and the sentence of ECI | system failure (2) |',
    '',
  ].join('\n');
  await expect(page).toMatchFileSnapshot('../../docs/answers.md');
});
