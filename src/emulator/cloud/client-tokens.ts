import { ApiError } from '../wire/api-error.ts';
import type { FlatParameters } from '../wire/parameters.ts';

/** Client tokens of create calls: the same request again gives the first answer ("How to ensure idempotence"). */
export class ClientTokens {
  private readonly kept = new Map<string, { readonly request: string; readonly id: string }>();

  /** @returns the id that the token's first call made. @throws ApiError when the token came with other parameters. */
  find(token: string, flat: FlatParameters): string | undefined {
    const known = this.kept.get(token);
    if (known === undefined) return undefined;
    if (known.request !== fingerprint(flat)) {
      throw new ApiError(
        400,
        'IdempotentParameterMismatch',
        'The request uses the client token of another request with other parameters.',
      );
    }
    return known.id;
  }

  keep(token: string, flat: FlatParameters, id: string): void {
    this.kept.set(token, { request: fingerprint(flat), id });
  }
}

const fingerprint = (flat: FlatParameters): string => JSON.stringify([...flat].sort(([a], [b]) => (a < b ? -1 : 1)));
