import type { Fields } from './driver-log.ts';

/**
 * Foreign messages repeat parts of a request, the ECI API's among them: takes out what looks like a URL's query, a user part or a password. A signature that does
 * not match is answered with the whole request in its signed form.
 */
export const redact = (text: string): string =>
  text
    .replace(/(string ?to ?sign)[^]*$/i, '$1 [redacted]')
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)\S*@/gi, '$1[redacted]@')
    .replace(/\b(Bearer|Basic)\s+\S+/gi, '$1 [redacted]')
    .replace(/(https?:\/\/[^\s?]*)\?\S*/gi, '$1?[redacted]')
    .replace(
      /\b(\w*(?:Passw(?:or)?d|Secret|Token|Signature)\w*)(["']?\s*(?:[=:]|%3[AD])\s*)(?:"[^"]*"|'[^']*'|[^\s&"',;]+)/gi,
      '$1$2[redacted]',
    );

/** An error that nobody foresaw, for the driver's own log, in the shape of pino's `err`. Its further fields are left out: the SDK keeps whole requests there. */
export function errorFields(thrown: unknown): Fields {
  if (!(thrown instanceof Error)) return { type: typeof thrown };
  const frames = (thrown.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return { type: thrown.name, message: redact(thrown.message), stack: frames.join('\n') };
}
