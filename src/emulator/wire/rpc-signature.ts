import { createHmac } from 'node:crypto';
import { ApiError } from './api-error.ts';
import { percentEncode, sameText, type SignatureScheme, type SignedRequest } from './signature-scheme.ts';

/**
 * The older RPC signature, HMAC-SHA1 over query and form body together (Alibaba Cloud: "V2 request structure and signature"). Terraform, the
 * aliyun CLI and the SDKs with `signatureAlgorithm: 'v2'` use it.
 */
export const rpcSignature: SignatureScheme = {
  recognizes: ({ headers, flat }) => headers.authorization === undefined && flat.has('Signature'),
  verify: (request, key) => {
    const { flat } = request;
    const method = flat.get('SignatureMethod');
    if (method !== 'HMAC-SHA1' || flat.get('SignatureVersion') !== '1.0') {
      throw new ApiError(400, 'IncompleteSignature', `The signature method ${method ?? ''} is not known.`);
    }
    if (flat.get('AccessKeyId') !== key.id) {
      throw new ApiError(404, 'InvalidAccessKeyId.NotFound', 'Specified access key is not found.');
    }
    const expected = createHmac('sha1', `${key.secret}&`).update(stringToSign(request)).digest('base64');
    if (!sameText(flat.get('Signature') ?? '', expected)) {
      // The real gateway shows what it signed, so that people can compare: every parameter of the request.
      const text = `Specified signature is not matched with our calculation. server string to sign is:${stringToSign(request)}`;
      throw new ApiError(400, 'SignatureDoesNotMatch', text);
    }
    return {
      date: flat.get('Timestamp') ?? '',
      nonce: flat.get('SignatureNonce') ?? '',
      securityToken: flat.get('SecurityToken'),
    };
  },
};

function stringToSign({ method, flat }: SignedRequest): string {
  const pairs = [...flat]
    .filter(([name]) => name !== 'Signature')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`);
  return [method, percentEncode('/'), percentEncode(pairs.join('&'))].join('&');
}
