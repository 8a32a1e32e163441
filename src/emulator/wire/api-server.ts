import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ACTIONS } from '../actions/index.ts';
import type { Cloud } from '../cloud/cloud.ts';
import type { RecordedCall } from '../report.ts';
import { ApiError, invalid } from './api-error.ts';
import type { FaultOutcome, Faults } from './faults.ts';
import { actionParameters, type FlatParameters, readParameters } from './parameters.ts';
import type { SignatureCheck } from './signature.ts';

const VERSION = '2018-08-08';

interface ApiParts {
  readonly cloud: Cloud;
  readonly signatures: SignatureCheck;
  readonly faults: Faults;
  readonly record: (call: RecordedCall) => void;
}

/** One request to `/`, its parameters read. */
interface ApiCall {
  readonly request: IncomingMessage;
  readonly query: URLSearchParams;
  readonly body: Buffer;
  readonly flat: FlatParameters;
  readonly action: string;
}

interface Answer {
  readonly status: number;
  /** Error code, or empty. */
  readonly code: string;
  readonly body: Record<string, unknown>;
}

/** Takes one call of the API to its answer or its error envelope, by way of the faults that wait for it. */
export async function answerCall(
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  parts: ApiParts,
): Promise<void> {
  const query = new URL(request.url ?? '/', 'http://emulator').searchParams;
  const flat = readParameters(query, request.headers['content-type'], body);
  const action = header(request, 'x-acs-action') ?? flat.get('Action') ?? '';
  const call = { request, query, body, flat, action };
  const at = parts.cloud.clock.now();
  response.setHeader('date', new Date(at).toUTCString());
  const client = request.headers['user-agent'] ?? '';
  const record = (status: number, code: string): void =>
    parts.record({ action, client, parameters: Object.fromEntries(actionParameters(flat)), status, code, at });

  const { outcome, answer } = await carryOut(call, parts);
  if (outcome === 'none') {
    record(answer.status, answer.code);
    return send(response, answer.status, answer.body);
  }
  record(0, outcome);
  if (outcome === 'http-502-html') {
    response.writeHead(502, { 'content-type': 'text/html' }).end('<html><body>502 Bad Gateway</body></html>');
  } else if (outcome === 'empty-answer') send(response, 200, { RequestId: answer.body.RequestId });
  else if (outcome !== 'stall') request.socket.destroy();
}

async function carryOut(call: ApiCall, parts: ApiParts): Promise<{ outcome: FaultOutcome; answer: Answer }> {
  const RequestId = randomUUID().toUpperCase();
  let outcome: FaultOutcome = 'none';
  try {
    outcome = await parts.faults.meet(call.action);
    const body = outcome === 'reset' ? {} : await work(call, parts);
    return { outcome, answer: { status: 200, code: '', body: { RequestId, ...body } } };
  } catch (thrown) {
    const error = thrown instanceof ApiError ? thrown : new ApiError(500, 'InternalError', String(thrown));
    const body = {
      RequestId,
      HostId: call.request.headers.host ?? '',
      Code: error.code,
      Message: error.message,
      Recommend: `https://api.aliyun.com/troubleshoot?q=${error.code}&product=Eci`,
      ...error.more,
    };
    return { outcome, answer: { status: error.httpStatus, code: error.code, body } };
  }
}

/** @throws ApiError */
async function work({ request, query, body, flat, action }: ApiCall, { cloud, signatures }: ApiParts) {
  const method = request.method ?? '';
  if (method !== 'GET' && method !== 'POST') {
    throw new ApiError(405, 'UnsupportedHTTPMethod', `The API takes POST and GET, not ${method}.`);
  }
  signatures.verify({ method, path: '/', query, headers: request.headers, body, flat });
  const version = header(request, 'x-acs-version') ?? flat.get('Version') ?? '';
  if (version !== VERSION) {
    throw new ApiError(400, 'InvalidVersion', `The version "${version}" is not known; this is ${VERSION}.`);
  }
  const format = flat.get('Format') ?? 'JSON';
  if (format.toUpperCase() !== 'JSON') throw invalid('Format', 'this emulator answers in JSON only');
  cloud.account.checkAction(action);
  cloud.throttle.take(action);
  const carryOutAction = ACTIONS.get(action);
  if (!carryOutAction) {
    throw new ApiError(404, 'InvalidAction.NotFound', `The action "${action}" is not known to this emulator.`);
  }
  return carryOutAction(actionParameters(flat), cloud);
}

export function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json;charset=utf-8' }).end(JSON.stringify(body));
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}
