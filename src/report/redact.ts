import type { Environment } from '../context.ts';
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

/** Names of what is a secret of the operator's: the driver's credentials, the runner's tokens, proxies with a login. */
const SECRET_NAME = /SECRET|TOKEN|PASSW|CREDENTIAL|PROXY|PRIVATE|ACCESS_KEY/i;
/** GitLab masks nothing shorter. */
const SHORTEST_SECRET = 8;

/**
 * What may be secret in the environment that the runner gives to the driver: every variable of the job, masked or not, and what a name says of
 * the operator's. Lines of longer texts count by themselves. The longest comes first.
 */
export const secretsIn = (env: Environment): readonly string[] =>
  Object.entries(env)
    .filter(([name]) => name.startsWith('CUSTOM_ENV_') || SECRET_NAME.test(name))
    .flatMap(([, value = '']) => [value, ...value.split('\n')])
    .filter((value) => value.length >= SHORTEST_SECRET)
    .toSorted((a, b) => b.length - a.length);

const hidden = (text: string, secrets: readonly string[]): string =>
  secrets
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])
    .reduce((rest, secret) => rest.replaceAll(secret, '[MASKED]'), text);

/**
 * An error that nobody foresaw, for the driver's own log, in the shape of pino's `err`. Its further fields are left out: the SDK keeps whole
 * requests there.
 * @param secrets nobody knows what its message holds: these are taken out of it.
 */
export function errorFields(thrown: unknown, secrets: readonly string[] = []): Fields {
  if (!(thrown instanceof Error)) return { type: typeof thrown };
  const { name, message, stack = '' } = thrown;
  // A message that looks like a frame stands in front of the frames.
  const frames = stack.slice(stack.indexOf(message) + message.length).split('\n');
  return {
    type: name,
    message: redact(hidden(message, secrets)),
    stack: frames.filter((line) => /^\s+at /.test(line)).join('\n'),
  };
}
