import { acs3Signature } from './acs3-signature.ts';
import { ApiError } from './api-error.ts';
import type { FlatParameters } from './parameters.ts';
import { rpcSignature } from './rpc-signature.ts';
import type { AccessKey, SignatureScheme, SignedRequest } from './signature-scheme.ts';

const SCHEMES: readonly SignatureScheme[] = [acs3Signature, rpcSignature];

const LONGEST_SKEW = 15 * 60 * 1000;

/** Lets signed requests pass, each nonce once, the client's clock within 15 minutes of the cloud's. */
export class SignatureCheck {
  private readonly key: AccessKey;
  private readonly now: () => number;
  /** Of temporary credentials. While it is set, no other token and no request without one passes. */
  private securityToken: string | undefined;
  private readonly nonces = new Map<string, number>();

  constructor(key: AccessKey, now: () => number, securityToken?: string) {
    this.key = key;
    this.now = now;
    this.securityToken = securityToken;
  }

  /** From now on an older token counts as expired. */
  replaceSecurityToken(token: string): void {
    this.securityToken = token;
  }

  /** @throws ApiError */
  verify(request: SignedRequest): void {
    const scheme = SCHEMES.find((each) => each.recognizes(request));
    if (!scheme) throw unsigned(request.flat);
    const { date, nonce, securityToken } = scheme.verify(request, this.key);
    if (this.securityToken !== undefined && securityToken !== this.securityToken) {
      throw new ApiError(403, 'InvalidSecurityToken.Expired', 'Specified SecurityToken is expired.');
    }
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
  const text =
    method === undefined ? 'The request is not signed.' : `The request names ${method}, and has no signature.`;
  return new ApiError(400, 'IncompleteSignature', text);
}
