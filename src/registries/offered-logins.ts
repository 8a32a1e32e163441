import type { Environment } from '../context.ts';
import { DriverError } from '../driver-error.ts';
import { askCredentialHelper, type HelperPorts, keysOfCredentialHelper } from './credential-helper.ts';
import { type DockerConfig, loginOfEntry } from './docker-config.ts';
import { DOCKER_HUB, loginKey } from './image-name.ts';
import type { Login } from './login.ts';
import { hostOfPath, loginPath } from './registry-path.ts';

/** A login that somebody has for a registry, or for a path in one. What it is, is found out when it is needed. */
export interface OfferedLogin {
  readonly path: string;
  /** @throws DriverError when a credential helper is of no use. */
  readonly find: () => Promise<Login | undefined>;
}

/**
 * Asks each credential helper at most once for the same thing, and one that has failed not again: it would keep every image waiting.
 */
export class CredentialHelpers {
  private readonly ports: HelperPorts;
  private readonly answers = new Map<string, Promise<Login | undefined>>();
  private readonly failures = new Map<string, DriverError>();

  constructor(ports: HelperPorts) {
    // A helper is somebody else's program: the job's variables are not for it.
    this.ports = { ...ports, env: withoutJobVariables(ports.env) };
  }

  login(name: string, key: string): Promise<Login | undefined> {
    const asked = `${name} ${key}`;
    const answer = this.answers.get(asked) ?? this.once(name, () => askCredentialHelper(name, key, this.ports));
    this.answers.set(asked, answer);
    return answer;
  }

  keys(name: string): Promise<readonly string[] | undefined> {
    return this.once(name, () => keysOfCredentialHelper(name, this.ports));
  }

  private async once<T>(name: string, ask: () => Promise<T>): Promise<T> {
    const failure = this.failures.get(name);
    if (failure !== undefined) throw failure;
    try {
      return await ask();
    } catch (error) {
      if (error instanceof DriverError) this.failures.set(name, error);
      throw error;
    }
  }
}

const withoutJobVariables = (env: Environment): Environment =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('CUSTOM_ENV_')));

/**
 * The logins of a Docker configuration, by their keys in the runner's order. A registry's own helper comes before the store, the store before
 * the file.
 * @param images paths of the images that logins are looked for.
 * @throws DriverError when the credential store is of no use.
 */
export async function offersOfDockerConfig(
  config: DockerConfig,
  source: string,
  images: readonly string[],
  helpers: CredentialHelpers,
): Promise<readonly OfferedLogin[]> {
  const { auths = {}, credHelpers = {}, credsStore } = config;
  const offers = new Map<string, OfferedLogin['find']>();
  for (const [key, entry] of Object.entries(auths)) offers.set(key, () => Promise.resolve(loginOfEntry(entry, source)));
  if (credsStore) {
    const keys = (await helpers.keys(credsStore)) ?? keysOf(images);
    for (const key of keys) {
      const written = offers.get(key);
      offers.set(key, async () => (await helpers.login(credsStore, key)) ?? written?.());
    }
  }
  for (const [key, helper] of Object.entries(credHelpers)) offers.set(key, () => helpers.login(helper, key));
  return [...offers].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, find]) => ({ path: loginPath(key), find }));
}

/** What a store that does not tell what it has is asked for. */
const keysOf = (images: readonly string[]): readonly string[] =>
  [...new Set(images.map(hostOfPath))].map((host) => (host === DOCKER_HUB ? loginKey(host) : host));
