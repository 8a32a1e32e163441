/** Names of what is never shown: logins of registries, and contents of files, among which are the host keys of a group. */
const SECRET = /password|secret|token|^content$/i;

const MASK = '[MASKED]';

/** Characters by which a part of a secret is known. */
const SHORTEST_PART = 8;

/** Texts that quote something long end with `…`: there the beginning of a secret may stand. */
function withoutCut(text: string, secret: string): string {
  if (!text.includes('…')) return text;
  const [first = '', ...others] = text.split('…');
  return others.reduce((before, after) => `${withoutBeginning(before, secret)}…${after}`, first);
}

function withoutBeginning(text: string, secret: string): string {
  for (let length = Math.min(secret.length, text.length); length >= SHORTEST_PART; length--) {
    if (text.endsWith(secret.slice(0, length))) return `${text.slice(0, -length)}${MASK}`;
  }
  return text;
}

/**
 * A text, or a value as JSON, for people: without values under names that hold secrets, and without values that are known to be secret.
 * @param secrets longest first. @param indent of JSON.
 */
export function withoutSecrets(shown: unknown, secrets: readonly string[] = [], indent?: number): string {
  const masked = (text: string): string =>
    secrets.reduce((rest, secret) => withoutCut(rest.replaceAll(secret, MASK), secret), text);
  if (typeof shown === 'string') return masked(shown);
  // Before JSON escapes what a secret may hold.
  const clean = (key: string, value: unknown): unknown => {
    if (SECRET.test(key)) return '…';
    return typeof value === 'string' ? masked(value) : value;
  };
  return JSON.stringify(shown, clean, indent);
}
