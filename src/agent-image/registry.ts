import * as z from 'zod/mini';
import { DriverError } from '../driver-error.ts';
import { type Access, authorize, loginNeeded, loginRefused } from './authorize.ts';
import type { HttpAnswer, HttpRequest, Send } from './http.ts';
import { parseJson } from '../json.ts';
import { type Blob, digestOf, MEDIA_TYPE } from './oci.ts';
import { shown } from './shown.ts';

/** One repository of a registry, by the API of the OCI distribution specification 1.1. Everything rejects with DriverError. */
export interface Registry {
  hasBlob(blob: Blob): Promise<boolean>;
  pushBlob(blob: Blob): Promise<void>;
  /** @param reference a digest, or a tag. @returns the digest of what is there, undefined when nothing is. */
  digestOfManifest(reference: string): Promise<string | undefined>;
  pushManifest(reference: string, manifest: Blob): Promise<void>;
}

/** Milliseconds. */
const ANSWER_TIME = 30_000;
/** Bytes per second below which an upload is given up. */
const SLOWEST_UPLOAD = 20_000;

/** Docker's own formats too: whatever has the tag now is to be told apart, and not to be converted. */
const ACCEPT = [
  MEDIA_TYPE.index,
  MEDIA_TYPE.manifest,
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

const ErrorAnswer = z.object({
  errors: z.array(z.object({ code: z.optional(z.string()), message: z.optional(z.string()) })),
});

/** Logs in when the registry asks for it, and again when a token has run out. */
export function openRegistry(access: Access, send: Send): Registry {
  const { base, repository } = access;
  let authorization: string | undefined;

  const at = (path: string): URL => new URL(`/v2/${repository}/${path}`, base);

  async function request(wanted: HttpRequest): Promise<HttpAnswer> {
    // A login is for the registry alone, wherever it sends an upload to.
    const known = wanted.url.origin === base.origin;
    const attempt = (): Promise<HttpAnswer> =>
      send({
        ...wanted,
        headers: { ...wanted.headers, ...(known && authorization !== undefined ? { authorization } : {}) },
      });
    const answer = await attempt();
    if (answer.status !== 401 || !known) return answer;
    authorization = await authorize(answer.headers.get('www-authenticate') ?? '', access, send);
    return attempt();
  }

  const wrong = (doing: string, answer: HttpAnswer): DriverError =>
    refusal(doing, answer, access, authorization?.startsWith('Bearer ') ?? false);

  return {
    async hasBlob({ descriptor: { digest, size } }) {
      const answer = await request({ method: 'HEAD', url: at(`blobs/${digest}`), within: ANSWER_TIME });
      if (answer.status === 404) return false;
      if (answer.status !== 200) throw wrong(`to tell whether it has ${digest}`, answer);
      const length = answer.headers.get('content-length');
      return length === null || Number(length) === size;
    },

    async pushBlob({ descriptor: { digest }, content }) {
      const begun = await request({ method: 'POST', url: at('blobs/uploads/'), body: '', within: ANSWER_TIME });
      if (begun.status !== 202) throw wrong('an upload', begun);
      const answer = await request({
        method: 'PUT',
        url: uploadUrl(begun.headers.get('location'), digest, base),
        headers: { 'content-type': 'application/octet-stream' },
        body: content,
        within: ANSWER_TIME + Math.ceil(content.length / SLOWEST_UPLOAD) * 1000,
      });
      if (answer.status !== 201) throw wrong(`the upload of ${digest}`, answer);
    },

    async digestOfManifest(reference) {
      const answer = await request({
        method: 'GET',
        url: at(`manifests/${reference}`),
        headers: { accept: ACCEPT },
        within: ANSWER_TIME,
      });
      if (answer.status === 404) return undefined;
      if (answer.status !== 200) throw wrong(`to tell whether it has ${reference}`, answer);
      // What the registry says in a header is not believed.
      return digestOf(answer.body);
    },

    async pushManifest(reference, { descriptor: { mediaType }, content }) {
      const answer = await request({
        method: 'PUT',
        url: at(`manifests/${reference}`),
        headers: { 'content-type': mediaType },
        body: content,
        within: ANSWER_TIME,
      });
      if (answer.status !== 201) throw wrong(`the manifest ${reference}`, answer);
    },
  };
}

/** The registry's own words are kept as they are: their spelling may be signed. */
function uploadUrl(location: string | null, digest: string, base: URL): URL {
  if (location === null || !URL.canParse(location, base.href)) {
    throw new DriverError('platform', `${base.host} does not say where to upload to.`);
  }
  const url = new URL(location, base);
  if (base.protocol === 'https:' && url.protocol !== 'https:') {
    throw new DriverError('operator', `${base.host} wants the upload by plain http.`, {
      hint: 'The proxy before it has to pass X-Forwarded-Proto, or the registry has to know its own address.',
    });
  }
  url.search = `${url.search}${url.search === '' ? '?' : '&'}digest=${digest}`;
  return url;
}

/** @param doing what was refused, as the object of "has refused". @param byToken whether the request came with a token. */
function refusal(doing: string, { status, body }: HttpAnswer, access: Access, byToken: boolean): DriverError {
  const { base, repository, login } = access;
  const said = ErrorAnswer.safeParse(parseJson(body)).data?.errors ?? [];
  const words = shown(said.map(({ code = '', message = '' }) => `${code} ${message}`).join('; '));
  const message = `${base.host} has refused ${doing} (status ${status}${words === '' ? '' : `: ${words}`}).`;
  if (status === 401 && login === undefined) return loginNeeded(access);
  if (status === 401 && !byToken) return loginRefused(access);
  // Whoever gives out tokens has known the login, and has given it less than was asked for.
  if (status === 401 || status === 403) {
    return new DriverError('operator', message, {
      hint: `Give this login the right to push to ${repository}, or push to another repository.`,
    });
  }
  if (status === 404) {
    return new DriverError('operator', message, {
      hint: `Look at the name ${repository}: some registries want its namespace, or all of it, to be created first.`,
    });
  }
  if (status === 429 || status >= 500) {
    return new DriverError('platform', message, {
      hint: 'Run the command again later: what has arrived is not sent again.',
    });
  }
  return new DriverError('operator', message, {
    hint: 'The registry has to take images in OCI format with an index for several architectures, and to let this tag be written.',
  });
}
