/** Names of what is never shown: logins of registries, and contents of files, among which are the host keys of a group. */
const SECRET = /password|secret|token|^content$/i;

/**
 * A text, or a value as JSON, for people: without values under names that hold secrets, and without values that are known to be secret.
 * @param secrets longest first. @param indent of JSON.
 */
export function withoutSecrets(shown: unknown, secrets: readonly string[] = [], indent?: number): string {
  const text =
    typeof shown === 'string'
      ? shown
      : JSON.stringify(shown, (key, value: unknown) => (SECRET.test(key) ? '…' : value), indent);
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '[MASKED]'), text);
}
