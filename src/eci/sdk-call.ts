import type { Clock } from '../context.ts';
import { interpretError } from './answers/interpret.ts';
import type { WireParameters } from './container-groups.ts';
import { failure, toEciError } from './sdk-error.ts';
import { Client, Config, Credential, OpenApiRequest, OpenApiUtil, Params, RuntimeOptions } from './vendor.ts';

/** Where the API is, and in which of its styles it is spoken to. */
export interface CloudAddress {
  readonly region: string;
  /** Host and optional port. */
  readonly endpoint: string;
  readonly protocol: 'https' | 'http';
  /** The RPC signature (HMAC-SHA1), or ACS3-HMAC-SHA256. */
  readonly signature: 'v2' | 'v3';
  /** Where an action's parameters travel: in the form body, or in the URL's query. */
  readonly parameters: 'body' | 'query';
}

/** What an action answered, and when that was by the cloud's clock (its `Date` header), in milliseconds since the epoch. */
interface Answered {
  readonly body: unknown;
  readonly cloudTime: number | undefined;
}

/** One call of one action: the raw answer, or an EciError. */
export type Call = (
  action: string,
  parameters: WireParameters,
  timeoutMs: number,
  signal?: AbortSignal,
) => Promise<Answered>;

/** The SDK's own limits end a little earlier, so that its connection is closed before our deadline speaks. */
const OUTER_MARGIN_MS = 2000;

/**
 * The official SDK driven through its raw call: parameters newer than the SDK work, and the answer is not cast (a cast that fails would lose
 * the id of a group that exists).
 *
 * Credentials that ECI calls expired are looked for anew once per call. So are those that could not be found: the SDK's chain would go on
 * asking the one source that it came to last.
 */
export function sdkCall(cloud: CloudAddress, userAgent: string, clock: Clock): Call {
  let client = newClient(cloud, userAgent);
  return async (action, parameters, timeoutMs, signal) => {
    const once = (): Promise<Answered> => callOnce(client, cloud, clock, { action, parameters, timeoutMs, signal });
    try {
      return await once();
    } catch (thrown) {
      signal?.throwIfAborted();
      const error = toEciError(action, thrown);
      if (error.code === 'NoCredentials') client = newClient(cloud, userAgent);
      if (interpretError(error).means !== 'renew') throw error;
      client = newClient(cloud, userAgent);
      return await once().catch((again: unknown) => {
        signal?.throwIfAborted();
        throw toEciError(action, again);
      });
    }
  };
}

type CloudClient = InstanceType<typeof Client>;

function newClient({ region, endpoint, protocol, signature }: CloudAddress, userAgent: string): CloudClient {
  return new Client(
    new Config({
      credential: new Credential(),
      regionId: region,
      endpoint,
      protocol: protocol.toUpperCase(),
      userAgent,
      ...(signature === 'v2' ? { signatureAlgorithm: 'v2' } : {}),
    }),
  );
}

interface OneCall {
  readonly action: string;
  readonly parameters: WireParameters;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

async function callOnce(
  client: CloudClient,
  cloud: CloudAddress,
  clock: Clock,
  { action, parameters, timeoutMs, signal }: OneCall,
): Promise<Answered> {
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
  const all = { RegionId: cloud.region, ...parameters };
  const request = new OpenApiRequest(cloud.parameters === 'body' ? { body: all } : { query: OpenApiUtil.query(all) });
  // On a reused socket the SDK can lose its read timeout altogether, hence a deadline of our own.
  const ended = new AbortController();
  const over = signal ? AbortSignal.any([ended.signal, signal]) : ended.signal;
  try {
    const answer = await Promise.race([
      client.callApi(params, request, runtime),
      deadline(action, timeoutMs + OUTER_MARGIN_MS, clock, over),
    ]);
    return { body: answer.body as unknown, cloudTime: timeOf(answer.headers as unknown) };
  } finally {
    ended.abort();
  }
}

function timeOf(headers: unknown): number | undefined {
  const time = Date.parse((headers as { date?: string } | undefined)?.date ?? '');
  return Number.isNaN(time) ? undefined : time;
}

async function deadline(action: string, milliseconds: number, clock: Clock, signal: AbortSignal): Promise<never> {
  await clock.sleep(milliseconds, signal);
  throw failure(action, 'Timeout', `no answer within ${milliseconds / 1000} s`, true);
}
