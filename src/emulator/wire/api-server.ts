import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createContainerGroup } from '../actions/create.ts';
import { deleteContainerGroup } from '../actions/delete.ts';
import { describeContainerGroups } from '../actions/describe.ts';
import type { Cloud } from '../cloud/cloud.ts';
import type { RecordedCall } from '../report.ts';
import { ApiError } from './api-error.ts';
import type { Faults } from './faults.ts';
import { type FlatParameters, readParameters } from './parameters.ts';
import type { SignatureCheck } from './signature.ts';

const VERSION = '2018-08-08';

const ACTIONS: Readonly<Record<string, (flat: FlatParameters, cloud: Cloud) => Record<string, unknown>>> = {
  CreateContainerGroup: createContainerGroup,
  DescribeContainerGroups: describeContainerGroups,
  DeleteContainerGroup: deleteContainerGroup,
};

export interface ApiParts {
  readonly cloud: Cloud;
  readonly signatures: SignatureCheck;
  readonly faults: Faults;
  readonly record: (call: RecordedCall) => void;
}

/** One call of the API, from the HTTP request to its answer or its error envelope. */
export async function answerCall(
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  parts: ApiParts,
): Promise<void> {
  const { cloud, signatures, faults, record } = parts;
  const url = new URL(request.url ?? '/', 'http://emulator');
  const flat = readParameters(url.searchParams, request.headers['content-type'], body);
  const action = header(request, 'x-acs-action') ?? flat.get('Action') ?? '';
  const at = cloud.clock.now();
  const done = (httpStatus: number, code: string): void =>
    record({ action, parameters: Object.fromEntries(flat), httpStatus, code, at });
  const RequestId = randomUUID().toUpperCase();
  try {
    const outcome = await faults.meet(action);
    if (outcome === 'reset') {
      done(0, 'reset');
      return void request.socket.destroy();
    }
    signatures.verify({
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body,
    });
    const version = header(request, 'x-acs-version') ?? flat.get('Version');
    if (version !== VERSION)
      throw new ApiError(400, 'InvalidVersion', `The version ${version ?? ''} is not known; this is ${VERSION}.`);
    const work = ACTIONS[action];
    if (!work) throw new ApiError(404, 'InvalidAction.NotFound', `The action ${action} is not known to this emulator.`);
    const answer = work(flat, cloud);
    if (outcome === 'none') {
      done(200, '');
      return send(response, 200, { RequestId, ...answer });
    }
    done(0, outcome);
    if (outcome === 'lose-answer') return void request.socket.destroy();
    if (outcome === 'empty-answer') return send(response, 200, { RequestId });
    response.writeHead(502, { 'content-type': 'text/html' }).end('<html><body>502 Bad Gateway</body></html>');
  } catch (error) {
    const { httpStatus, code, message } =
      error instanceof ApiError ? error : new ApiError(500, 'InternalError', String(error));
    done(httpStatus, code);
    const Recommend = `https://api.aliyun.com/troubleshoot?q=${code}&product=Eci`;
    send(response, httpStatus, { RequestId, HostId: request.headers.host, Code: code, Message: message, Recommend });
  }
}

export function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json;charset=utf-8' }).end(JSON.stringify(body));
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}
