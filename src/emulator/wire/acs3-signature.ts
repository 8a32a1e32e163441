import { createHash, createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { ApiError } from './api-error.ts';
import {
  type Freshness,
  percentEncode,
  sameText,
  type SignatureScheme,
  type SignedRequest,
} from './signature-scheme.ts';

const ALGORITHM = 'ACS3-HMAC-SHA256';
const AUTHORIZATION = /^(\S+) Credential=([^,]+),\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]+)$/;

/** ACS3-HMAC-SHA256 (Alibaba Cloud: "V3 request structure and signature"), the SDK's default. */
export const acs3Signature: SignatureScheme = {
  recognizes: ({ headers }) => headers.authorization !== undefined,
  verify: (request, key): Freshness => {
    const { headers } = request;
    const match = AUTHORIZATION.exec(headers.authorization ?? '');
    if (!match) throw new ApiError(400, 'IncompleteSignature', 'The Authorization header is not understood.');
    const [, algorithm = '', id, signedHeaders = '', signature = ''] = match;
    if (algorithm !== ALGORITHM) {
      throw new ApiError(400, 'IncompleteSignature', `The signature algorithm ${algorithm} is not known.`);
    }
    if (id !== key.id) throw new ApiError(404, 'InvalidAccessKeyId.NotFound', 'Specified access key is not found.');
    const unsigned = mustBeSigned(headers).find((name) => !signedHeaders.split(';').includes(name));
    if (unsigned !== undefined) {
      throw new ApiError(400, 'IncompleteSignature', `The header ${unsigned} is not among the signed headers.`);
    }
    const bodyHash = sha256(request.body);
    const expected = createHmac('sha256', key.secret)
      .update(`${ALGORITHM}\n${sha256(canonicalRequest(request, signedHeaders, bodyHash))}`)
      .digest('hex');
    if (headers['x-acs-content-sha256'] !== bodyHash || !sameText(signature, expected)) {
      throw new ApiError(400, 'SignatureDoesNotMatch', 'The specified signature does not match our calculation.');
    }
    const token = headers['x-acs-security-token'];
    return {
      date: String(headers['x-acs-date'] ?? ''),
      nonce: String(headers['x-acs-signature-nonce'] ?? ''),
      securityToken: token === undefined ? undefined : String(token),
    };
  },
};

/** What the SDK signs. A header left out could be changed on the way. */
const mustBeSigned = (headers: IncomingHttpHeaders): string[] =>
  Object.keys(headers).filter((name) => name === 'host' || name === 'content-type' || name.startsWith('x-acs-'));

function canonicalRequest(
  { method, path, query, headers }: SignedRequest,
  signedHeaders: string,
  bodyHash: string,
): string {
  const pairs = [...query]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${percentEncode(value)}`);
  const lines = signedHeaders.split(';').map((name) => `${name}:${String(headers[name] ?? '').trim()}\n`);
  return [method, path, pairs.join('&'), lines.join(''), signedHeaders, bodyHash].join('\n');
}

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
