import type { IncomingHttpHeaders } from 'node:http';
import { acs3Signature } from './acs3-signature.ts';
import { ApiError } from './api-error.ts';
import type { FlatParameters } from './parameters.ts';

/** What is signed of one HTTP request. */
export interface SignedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Query and form body together. */
  readonly flat: FlatParameters;
}

export interface AccessKey {
  readonly id: string;
  readonly secret: string;
}

/** What keeps a verified request from being used again. */
export interface Freshness {
  readonly date: string;
  readonly nonce: string;
}

/** One way of signing requests. */
export interface SignatureScheme {
  /** Is the request signed in this way, well or badly? */
  recognizes(request: SignedRequest): boolean;
  /** @throws ApiError */
  verify(request: SignedRequest, key: AccessKey): Freshness;
}

/** Without the old RPC signature (`SignatureMethod=HMAC-SHA1`), which some other clients of the API send. */
const SCHEMES: readonly SignatureScheme[] = [acs3Signature];

const LONGEST_SKEW = 15 * 60 * 1000;

/** Lets signed requests pass, each nonce once, the client's clock within 15 minutes of the cloud's. */
export class SignatureCheck {
  private readonly key: AccessKey;
  private readonly now: () => number;
  private readonly nonces = new Map<string, number>();

  constructor(key: AccessKey, now: () => number) {
    this.key = key;
    this.now = now;
  }

  /** @throws ApiError */
  verify(request: SignedRequest): void {
    const scheme = SCHEMES.find((each) => each.recognizes(request));
    if (!scheme) throw unsigned(request.flat);
    const { date, nonce } = scheme.verify(request, this.key);
    this.checkTime(date);
    this.checkNonce(nonce);
  }

  private checkTime(date: string): void {
    const time = Date.parse(date);
    if (Number.isNaN(time) || Math.abs(time - this.now()) > LONGEST_SKEW) {
      throw new ApiError(400, 'InvalidTimeStamp.Expired', 'Specified time stamp or date value is expired.');
    }
  }

  private checkNonce(nonce: string): void {
    const now = this.now();
    for (const [old, at] of this.nonces) {
      if (now - at <= 2 * LONGEST_SKEW) break;
      this.nonces.delete(old);
    }
    if (nonce === '' || this.nonces.has(nonce)) {
      throw new ApiError(400, 'SignatureNonceUsed', 'Specified signature nonce was used already.');
    }
    this.nonces.set(nonce, now);
  }
}

function unsigned(flat: FlatParameters): ApiError {
  const method = flat.get('SignatureMethod');
  return new ApiError(
    400,
    'IncompleteSignature',
    method === undefined
      ? 'The request is not signed.'
      : `This emulator does not verify ${method} signatures yet; sign with ACS3-HMAC-SHA256.`,
  );
}
