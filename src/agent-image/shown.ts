import { redact } from '../report/redact.ts';

/** Characters. */
const LONGEST = 300;

/** Another's words as one short line for people, without what looks like a secret. */
export const shown = (text: string): string =>
  redact(text)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, LONGEST);
