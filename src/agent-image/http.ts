import type { Clock } from '../context.ts';
import { DriverError } from '../driver-error.ts';
import { timeLimit } from '../time-limit.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
  /** Milliseconds until the whole answer has to be there. */
  readonly within: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Cut at {@link LARGEST_BODY}. */
  readonly body: Buffer;
}

/** @throws DriverError (platform, operator) when there is no whole answer in time. Every answer is one, whatever its status. */
export type Send = (request: HttpRequest) => Promise<HttpAnswer>;

/** Bytes. The specification lets registries limit manifests to this size. */
const LARGEST_BODY = 4 * 1024 * 1024;

/** Sends requests by Node's own fetch. @param signal stops it, with its own reason. */
export function httpSender(clock: Clock, signal: AbortSignal): Send {
  return async ({ method, url, headers = {}, body, within }) => {
    const limit = timeLimit(within, clock, signal);
    try {
      const response = await fetch(url, {
        method,
        headers,
        ...(body === undefined ? {} : { body }),
        // To another host, fetch follows without the login. Uploads go where the registry's own answer says, or not at all.
        redirect: method === 'GET' || method === 'HEAD' ? 'follow' : 'manual',
        signal: limit.signal,
      });
      return { status: response.status, headers: response.headers, body: await bodyOf(response) };
    } catch (error) {
      signal.throwIfAborted();
      throw limit.signal.aborted ? tooLate(url, within) : unreachable(url, error);
    } finally {
      limit.over();
    }
  };
}

async function bodyOf(response: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size > LARGEST_BODY) break;
  }
  return Buffer.concat(chunks).subarray(0, LARGEST_BODY);
}

const tooLate = ({ host }: URL, within: number): DriverError =>
  new DriverError('platform', `${host} has not answered within ${within / 1000} s.`, {
    hint: 'Run the command again: what has arrived is not sent again.',
  });

/** Fetch tells the reason as the cause of an error without one. */
function unreachable({ protocol, host }: URL, error: unknown): DriverError {
  const { cause } = error as { cause?: NodeJS.ErrnoException };
  const code = cause?.code ?? 'connection failed';
  return new DriverError('platform', `${host} cannot be reached by ${protocol.slice(0, -1)} (${code}).`, {
    hint: hintFor(code),
    cause: error,
  });
}

function hintFor(code: string): string {
  if (/SSL|EPROTO/.test(code) && !/CERT/.test(code)) {
    return 'Where the registry speaks plain http, add --plain-http.';
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO|ALTNAME/.test(code)) {
    return 'Node does not trust its certificate: set NODE_EXTRA_CA_CERTS to the file with the certificate of its authority.';
  }
  return "Check the registry's name and the way to it. Proxies are not used. Run the command again: what has arrived is not sent again.";
}
