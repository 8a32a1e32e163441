import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { ApiError } from './api-error.ts';

/** What is signed of one HTTP request. */
export interface SignedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface AccessKey {
  readonly id: string;
  readonly secret: string;
}

const ALGORITHM = 'ACS3-HMAC-SHA256';
const LONGEST_SKEW = 15 * 60 * 1000;

/** Verifies requests signed with ACS3-HMAC-SHA256 ("V3 request structure and signature"), each nonce once, the clock within 15 minutes. */
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
    const { headers } = request;
    const authorization = headers.authorization ?? '';
    const match = /^(\S+) Credential=([^,]+),\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]+)$/.exec(authorization);
    if (!match)
      throw new ApiError(
        400,
        'IncompleteSignature',
        'The request has no signature of a kind that this emulator knows.',
      );
    const [, algorithm, id, signedHeaders = '', signature = ''] = match;
    if (algorithm !== ALGORITHM)
      throw new ApiError(400, 'IncompleteSignature', `The signature algorithm ${algorithm} is not known.`);
    if (id !== this.key.id)
      throw new ApiError(404, 'InvalidAccessKeyId.NotFound', 'Specified access key is not found.');
    const bodyHash = sha256(request.body);
    const expected = createHmac('sha256', this.key.secret)
      .update(`${ALGORITHM}\n${sha256(canonicalRequest(request, signedHeaders, bodyHash))}`)
      .digest('hex');
    if (headers['x-acs-content-sha256'] !== bodyHash || !sameText(signature, expected)) {
      throw new ApiError(400, 'SignatureDoesNotMatch', 'The specified signature does not match our calculation.');
    }
    this.checkTime(String(headers['x-acs-date'] ?? ''));
    this.checkNonce(String(headers['x-acs-signature-nonce'] ?? ''));
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
    if (nonce === '' || this.nonces.has(nonce))
      throw new ApiError(400, 'SignatureNonceUsed', 'Specified signature nonce was used already.');
    this.nonces.set(nonce, now);
  }
}

function canonicalRequest(
  { method, path, query, headers }: SignedRequest,
  signedHeaders: string,
  bodyHash: string,
): string {
  const pairs = [...query].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}=${encode(value)}`);
  const lines = signedHeaders.split(';').map((name) => `${name}:${String(headers[name] ?? '').trim()}\n`);
  return [method, path, pairs.join('&'), lines.join(''), signedHeaders, bodyHash].join('\n');
}

/** RFC 3986: what encodeURIComponent leaves out too. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');

const sameText = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
