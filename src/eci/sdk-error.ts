import { redact } from '../report/redact.ts';
import { EciError, type OwnCode } from './container-groups.ts';

/**
 * What the SDK throws, made safe and told apart. Its errors are plain objects with fields (openapi-client: `callApi`); network errors carry
 * the URL with every parameter in the message, so a message goes on only when it is the API's own.
 */
export function toEciError(action: string, thrown: unknown): EciError {
  if (thrown instanceof EciError) return thrown;
  const fields: Readonly<Record<string, unknown>> = typeof thrown === 'object' && thrown !== null ? { ...thrown } : {};
  const data = record(fields.data);
  const httpStatus = typeof fields.statusCode === 'number' ? fields.statusCode : 0;
  const code = string(data?.Code) ?? string(fields.code);
  const name = string(fields.name) ?? (thrown instanceof Error ? thrown.name : '');

  if (data && httpStatus > 0 && code && code !== 'undefined') {
    const requestId = string(data.RequestId);
    const said = string(data.Message) ?? 'no message';
    return new EciError({
      action,
      code,
      message: `${action}: ${code} (HTTP ${httpStatus}): ${redact(said)}${requestId ? ` [request ${requestId}]` : ''}`,
      httpStatus,
      ...(requestId ? { requestId } : {}),
      ambiguous: httpStatus >= 500,
    });
  }
  if (name === 'RequestTimeoutError') return failure(action, 'Timeout', 'no answer in time', true);
  // A page that is not JSON, a proxy's 502 for one, surfaces as a bare SyntaxError.
  if (name === 'SyntaxError') return failure(action, 'InvalidAnswer', 'the answer is not one of the ECI API', true);
  if (code && /^E[A-Z]+$/.test(code)) {
    // Nothing left this host when the name or the port did not answer.
    const sent = !['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].includes(code);
    return failure(action, 'ConnectionFailed', `the connection failed (${code})`, sent);
  }
  if (code === 'InvalidCredentials' || /credential/i.test(thrown instanceof Error ? thrown.message : '')) {
    return failure(action, 'NoCredentials', 'no credentials were found in the Alibaba Cloud default chain', false);
  }
  return failure(
    action,
    'InvalidAnswer',
    `the SDK failed with ${code && code !== 'undefined' ? code : name || 'an unknown error'}`,
    true,
  );
}

export const failure = (action: string, code: OwnCode, text: string, ambiguous: boolean): EciError =>
  new EciError({ action, code, message: `${action}: ${text}`, httpStatus: 0, ambiguous });

const string = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

const record = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
