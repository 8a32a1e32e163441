/** What was thrown, and the secrets that were found on the way there: whoever logs it takes them out. */
export class ThrownBesideSecrets extends Error {
  readonly thrown: unknown;
  readonly found: readonly string[];

  constructor(thrown: unknown, found: readonly string[]) {
    super('thrown beside secrets');
    this.thrown = thrown;
    this.found = found;
  }
}

/**
 * Hands on what was found when the work fails.
 * @param work adds to `found` the secrets that neither the job response nor the environment names.
 * @throws ThrownBesideSecrets whatever it was that the work has thrown.
 */
export async function tellingFound<T>(work: (found: string[]) => Promise<T>): Promise<T> {
  const found: string[] = [];
  try {
    return await work(found);
  } catch (thrown) {
    throw new ThrownBesideSecrets(thrown, found);
  }
}
