import { secretForms, SHORTEST_SECRET } from './secret-forms.ts';

/** Names of what is never shown: logins of registries, and contents of files, among which are the host keys of a group. */
const SECRET = /password|secret|token|^content$/i;

/** GitLab Runner's own, as it stands in a job's log. */
const MASK = '[MASKED]';

/** Texts that quote something long end with `…`: there the beginning of a secret may stand. */
function withoutCut(text: string, secret: string): string {
  if (!text.includes('…')) return text;
  const [first = '', ...others] = text.split('…');
  return others.reduce((before, after) => `${withoutBeginning(before, secret)}…${after}`, first);
}

function withoutBeginning(text: string, secret: string): string {
  for (let length = Math.min(secret.length, text.length); length >= SHORTEST_SECRET; length--) {
    if (text.endsWith(secret.slice(0, length))) return `${text.slice(0, -length)}${MASK}`;
  }
  return text;
}

/** @returns what takes these secrets out of a text, however they are written there. */
export function hiding(secrets: readonly string[]): (text: string) => string {
  const forms = secretForms(secrets);
  return (text) => forms.reduce((rest, form) => withoutCut(rest.replaceAll(form, MASK), form), text);
}

/**
 * A text, or a value as JSON, for people: without values under names that hold secrets, and without values that are known to be secret. What only
 * looks like a secret stays: see `redact` for texts of which nobody knows what they hold.
 * @param indent of JSON.
 */
export function withoutSecrets(shown: unknown, secrets: readonly string[] = [], indent?: number): string {
  const hide = hiding(secrets);
  if (typeof shown === 'string') return hide(shown);
  // Before JSON escapes what a secret may hold.
  const clean = (key: string, value: unknown): unknown => {
    if (SECRET.test(key)) return '…';
    return typeof value === 'string' ? hide(value) : value;
  };
  return JSON.stringify(shown, clean, indent);
}
