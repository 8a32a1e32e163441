import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
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

/** What keeps a verified request from being used again, and the token of temporary credentials that came with it. */
export interface Freshness {
  readonly date: string;
  readonly nonce: string;
  readonly securityToken: string | undefined;
}

/** One way of signing requests. */
export interface SignatureScheme {
  /** Is the request signed in this way, well or badly? */
  recognizes(request: SignedRequest): boolean;
  /** @throws ApiError */
  verify(request: SignedRequest, key: AccessKey): Freshness;
}

/** RFC 3986: what encodeURIComponent leaves out too. */
export const percentEncode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

/** Compares bytes, since what a client sends may be any text. */
export function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
