/** Names of what is never shown: logins of registries, and contents of files, among which are the host keys of a group. */
const SECRET = /password|secret|token|^content$/i;

/**
 * A text, or a value as JSON, for people: without values under names that hold secrets, and without values that are known to be secret.
 * @param secrets longest first. @param indent of JSON.
 */
export function withoutSecrets(shown: unknown, secrets: readonly string[] = [], indent?: number): string {
  const masked = (text: string): string => secrets.reduce((rest, secret) => rest.replaceAll(secret, '[MASKED]'), text);
  if (typeof shown === 'string') return masked(shown);
  // Before JSON escapes what a secret may hold.
  const clean = (key: string, value: unknown): unknown => {
    if (SECRET.test(key)) return '…';
    return typeof value === 'string' ? masked(value) : value;
  };
  return JSON.stringify(shown, clean, indent);
}
