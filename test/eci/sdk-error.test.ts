import { describe, expect, it } from 'vitest';
import { toEciError } from '../../src/eci/sdk-error.ts';
import { redact } from '../../src/report/redact.ts';

/** As the SDK throws it: a plain error with fields. */
const thrown = (fields: object, message = 'm') => Object.assign(new Error(message), fields);

describe('an error of the SDK', () => {
  it('of the API keeps code, status, request id and the wire message', () => {
    const error = toEciError(
      'CreateContainerGroup',
      thrown({
        code: 'QuotaExceeded',
        statusCode: 403,
        data: { Code: 'QuotaExceeded', Message: 'vCPU quota exceeded.', RequestId: 'R-1' },
      }),
    );
    expect(error).toMatchObject({ code: 'QuotaExceeded', httpStatus: 403, requestId: 'R-1', ambiguous: false });
    expect(error.message).toBe('CreateContainerGroup: QuotaExceeded (HTTP 403): vCPU quota exceeded. [request R-1]');
  });

  it('of the network never shows the URL, and tells whether anything was sent', () => {
    const url = 'request to http://h/?ImageRegistryCredential.1.Password=hunter2&Signature=abc failed';
    const reset = toEciError('A', thrown({ code: 'ECONNRESET' }, url));
    const refused = toEciError('A', thrown({ code: 'ECONNREFUSED' }, url));
    expect([reset.message, refused.message].join()).not.toMatch(/hunter2|http:/);
    expect([reset.ambiguous, refused.ambiguous]).toEqual([true, false]);
  });

  it('for a signature that does not match hides what was signed: the whole request', () => {
    const Message =
      'Specified signature is not matched with our calculation. server string to sign is:POST&%2F&AccessKeyId%3Dx%26ImageRegistryCredential.1.Password%3Dhunter2%26SecurityToken%3DCAIS';
    const error = toEciError('A', thrown({ statusCode: 400, data: { Code: 'SignatureDoesNotMatch', Message } }));
    expect(error.message).toContain('SignatureDoesNotMatch');
    expect(error.message).not.toMatch(/hunter2|CAIS|AccessKeyId/);
    expect(redact('Password%3Dhunter2%26x')).not.toContain('hunter2');
  });

  it.each([
    [thrown({ name: 'RequestTimeoutError' }, 'ReadTimeout(3000). POST http://h/?x=secret'), 'Timeout'],
    [new SyntaxError('Unexpected token < in JSON'), 'InvalidAnswer'],
    [thrown({ statusCode: 500, code: 'undefined', data: {} }), 'InvalidAnswer'],
    [thrown({ code: 'InvalidCredentials' }), 'NoCredentials'],
    ['a string', 'InvalidAnswer'],
  ])('%s is %s', (error, code) => {
    const result = toEciError('A', error);
    expect(result.code).toBe(code);
    expect(result.message).not.toContain('secret');
  });

  it('a 5xx may have done its work', () => {
    const error = toEciError(
      'A',
      thrown({ statusCode: 503, code: 'ServiceUnavailable', data: { Code: 'ServiceUnavailable', Message: 'm' } }),
    );
    expect(error.ambiguous).toBe(true);
  });
});

describe('redaction', () => {
  it.each([
    ['at https://user:pw@host/a', 'at https://[redacted]@host/a'],
    ['GET http://h/p?Password=x&y=z failed', 'GET http://h/p?[redacted] failed'],
    ['"Password":"hunter2", "a":"b"', '"Password":[redacted], "a":"b"'],
    ['{"AccessKeySecret":"a b c","x":1}', '{"AccessKeySecret":[redacted],"x":1}'],
    ['at https://user:p@ss@host/a', 'at https://[redacted]@host/a'],
    ['at https://user:p/w@host/a', 'at https://[redacted]@host/a'],
    ['Authorization: Bearer eyJhbGci.x', 'Authorization: Bearer [redacted]'],
    ['passwd=hunter2 x', 'passwd=[redacted] x'],
    ['StringToSign is GET&%2F', 'StringToSign [redacted]'],
    ['SecurityToken=abc.def', 'SecurityToken=[redacted]'],
    ['the quota is 5', 'the quota is 5'],
  ])('%s', (text, safe) => expect(redact(text)).toBe(safe));
});
