import type { Clock } from '../context.ts';
import { failure, toEciError } from './sdk-error.ts';
import type { WireParameters } from './container-groups.ts';
import { Config, Credential, Eci, OpenApiRequest, Params, RuntimeOptions } from './vendor.ts';

export interface CloudAddress {
  readonly region: string;
  /** Host and optional port. */
  readonly endpoint: string;
  readonly protocol: 'https' | 'http';
}

/** One call of one action: the raw answer, or an EciError. */
export type Call = (
  action: string,
  parameters: WireParameters,
  timeoutMs: number,
  signal?: AbortSignal,
) => Promise<unknown>;

/** The SDK's own limits end a little earlier, so that its connection is closed before our deadline speaks. */
const OUTER_MARGIN_MS = 2000;

/**
 * The official SDK driven through its raw call: parameters go in the form body (a ConfigFile volume in the query makes a URL of tens of
 * kilobytes), parameters newer than the SDK work, and the answer is not cast (a cast that fails would lose the id of a group that exists).
 */
export function sdkCall(cloud: CloudAddress, userAgent: string, clock: Clock): Call {
  const client = new Eci(
    new Config({
      credential: new Credential(),
      regionId: cloud.region,
      endpoint: cloud.endpoint,
      protocol: cloud.protocol.toUpperCase(),
      userAgent,
    }),
  );
  return async (action, parameters, timeoutMs, signal) => {
    const params = new Params({
      action,
      version: '2018-08-08',
      protocol: cloud.protocol.toUpperCase(),
      pathname: '/',
      method: 'POST',
      authType: 'AK',
      style: 'RPC',
      reqBodyType: 'formData',
      bodyType: 'json',
    });
    // Both timeouts alike: the SDK's connect timeout also cuts answers that are merely slow.
    const runtime = new RuntimeOptions({ connectTimeout: timeoutMs, readTimeout: timeoutMs });
    const request = new OpenApiRequest({ body: { RegionId: cloud.region, ...parameters } });
    // On a reused socket the SDK can lose its read timeout altogether, hence a deadline of our own.
    const ended = new AbortController();
    try {
      const answer = await Promise.race([
        client.callApi(params, request, runtime),
        deadline(
          action,
          timeoutMs + OUTER_MARGIN_MS,
          clock,
          signal ? AbortSignal.any([ended.signal, signal]) : ended.signal,
        ),
      ]);
      return answer.body as unknown;
    } catch (thrown) {
      signal?.throwIfAborted();
      throw toEciError(action, thrown);
    } finally {
      ended.abort();
    }
  };
}

async function deadline(action: string, milliseconds: number, clock: Clock, signal: AbortSignal): Promise<never> {
  await clock.sleep(milliseconds, signal);
  throw failure(action, 'Timeout', `no answer within ${milliseconds / 1000} s`, true);
}
