import * as z from 'zod/mini';
import { DriverError } from '../driver-error.ts';
import { NAME } from '../version.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import type { Send } from './http.ts';
import { parseJson } from '../json.ts';
import type { Login } from '../registries/login.ts';
import { shown } from './shown.ts';

/** Milliseconds. */
const TOKEN_TIME = 30_000;

const TokenAnswer = z.object({ token: z.optional(z.string()), access_token: z.optional(z.string()) });

/** What is to be opened. */
export interface Access {
  /** Of the registry's API. */
  readonly base: URL;
  readonly repository: string;
  readonly login: Login | undefined;
}

/**
 * Answers a registry's 401: with the login itself, or with a token that the login gets at the place that the registry names
 * (docker/distribution: `docs/spec/auth`).
 * @returns a value for the header `Authorization`. @throws DriverError (operator) when the login is refused, missing or of the wrong kind.
 */
export async function authorize(header: string, access: Access, send: Send): Promise<string> {
  const challenges = parseChallenges(header);
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
  if (bearer) return `Bearer ${await askForToken(bearer, access, send)}`;
  const { base, login } = access;
  if (!challenges.some(({ scheme }) => scheme === 'basic')) {
    throw new DriverError('operator', `${base.host} asks for a login of a kind that is not known: ${shown(header)}.`);
  }
  if (login === undefined) throw loginNeeded(access);
  if ('identityToken' in login) {
    throw new DriverError(
      'operator',
      `${base.host} takes a password only, and the login from ${login.source} is a token.`,
      {
        hint: 'Log in with --username and --password-stdin.',
      },
    );
  }
  return basic(login);
}

const basic = ({ username, password }: { username: string; password: string }): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

async function askForToken({ parameters }: Challenge, access: Access, send: Send): Promise<string> {
  const { base, repository, login } = access;
  const realm = URL.canParse(parameters.realm ?? '') ? new URL(parameters.realm ?? '') : undefined;
  if (realm === undefined || !/^https?:$/.test(realm.protocol)) {
    throw new DriverError('platform', `${base.host} does not say where its tokens are given out.`);
  }
  // A login that went to the registry by https is not sent anywhere by http.
  if (base.protocol === 'https:' && realm.protocol !== 'https:') {
    throw new DriverError('operator', `${base.host} has its tokens given out by plain http, at ${realm.host}.`, {
      hint: 'Its operator has to name an https address there: a login would be readable on the way.',
    });
  }
  const asked = {
    ...(parameters.service === undefined ? {} : { service: parameters.service }),
    scope: `repository:${repository}:pull,push`,
  };
  const { status, body } =
    login !== undefined && 'identityToken' in login
      ? await send({
          method: 'POST',
          url: realm,
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: new URLSearchParams({
            grant_type: 'refresh_token',
            client_id: NAME,
            refresh_token: login.identityToken,
            ...asked,
          }).toString(),
          within: TOKEN_TIME,
        })
      : await send({
          method: 'GET',
          url: withQuery(realm, { ...asked, ...(login ? { account: login.username } : {}) }),
          ...(login ? { headers: { authorization: basic(login) } } : {}),
          within: TOKEN_TIME,
        });
  if (status === 401 || status === 403) throw login ? loginRefused(access, realm.host) : loginNeeded(access);
  const answer = status === 200 ? TokenAnswer.safeParse(parseJson(body)).data : undefined;
  const token = answer?.token ?? answer?.access_token;
  if (!token) {
    throw new DriverError('platform', `${realm.host} has given no token for ${base.host} (status ${status}).`, {
      hint: 'Run the command again later: what has arrived is not sent again.',
    });
  }
  return token;
}

function withQuery(url: URL, parameters: Readonly<Record<string, string>>): URL {
  const result = new URL(url);
  for (const [name, value] of Object.entries(parameters)) result.searchParams.set(name, value);
  return result;
}

export const loginNeeded = ({ base }: Access): DriverError =>
  new DriverError('operator', `${base.host} asks for a login, and there is none.`, {
    hint: 'Log in with "docker login", or with --username and --password-stdin.',
  });

/** @param by who has refused it: the registry, or who gives out its tokens. */
export const loginRefused = ({ base, login }: Access, by = base.host): DriverError =>
  new DriverError('operator', `${by} has refused the login for ${base.host} (from ${login?.source ?? 'nowhere'}).`, {
    hint: 'Look at the user and the password: log in again with "docker login", or with --username and --password-stdin.',
  });
