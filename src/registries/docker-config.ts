import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import type { Environment } from '../context.ts';
import { DriverError } from '../driver-error.ts';
import { parseJson } from '../json.ts';
import { askCredentialHelper } from './credential-helper.ts';
import { loginKey } from './image-name.ts';
import type { Login } from './login.ts';

const text = z.optional(z.string());

/** What `docker login` writes (Docker: `cli/config/configfile`). */
const Schema = z.object({
  auths: z.optional(
    z.record(z.string(), z.object({ auth: text, username: text, password: text, identitytoken: text })),
  ),
  credsStore: text,
  credHelpers: z.optional(z.record(z.string(), z.string())),
});
export type DockerConfig = z.infer<typeof Schema>;
type Entry = NonNullable<DockerConfig['auths']>[string];

/** Milliseconds: some helpers ask a person for a PIN. */
const PATIENCE = 60_000;

/**
 * The login that Docker has for a registry: from its credential helper, else from the file itself.
 * @returns undefined when there is none. @throws DriverError (operator) when the file or the helper is of no use.
 */
export async function loginFromDocker(
  registry: string,
  env: Environment,
  signal: AbortSignal,
): Promise<Login | undefined> {
  const file = dockerConfigFile(env);
  const config = await readDockerConfig(file);
  if (config === undefined) return undefined;
  const key = loginKey(registry);
  const helper = config.credHelpers?.[key] ?? config.credsStore;
  const kept = helper ? await askCredentialHelper(helper, key, { env, signal, patience: PATIENCE }) : undefined;
  return kept ?? loginFromFile(key, config, file);
}

/** Docker's own: `DOCKER_CONFIG` is a folder. */
export const dockerConfigFile = (env: Environment): string =>
  join(env.DOCKER_CONFIG || join(env.HOME || '/', '.docker'), 'config.json');

/** @returns undefined when there is no such file. @throws DriverError (operator) when it is of no use. */
export async function readDockerConfig(file: string): Promise<DockerConfig | undefined> {
  try {
    return parseDockerConfig(await readFile(file, 'utf8'), file);
  } catch (cause) {
    if (cause instanceof DriverError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw unusable(file, code ?? 'unknown error', cause);
  }
}

/** @param source where the text comes from. @throws DriverError (operator) that never quotes the text. */
export function parseDockerConfig(text: string, source: string): DockerConfig {
  const value = parseJson(text);
  if (value === undefined) throw unusable(source, 'it is not JSON');
  const result = Schema.safeParse(value);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw unusable(source, `${issue?.path.join('.') || 'it'} is not what Docker writes`);
  }
  return result.data;
}

const unusable = (source: string, why: string, cause?: unknown): DriverError =>
  new DriverError('operator', `Docker's logins cannot be read from ${source}: ${why}.`, {
    hint: 'Mend the file, or log in with --username and --password-stdin.',
    cause,
  });

function loginFromFile(key: string, { auths = {} }: DockerConfig, file: string): Login | undefined {
  const found = Object.entries(auths).find(([name]) => name === key || hostOf(name) === key);
  return found && loginOfEntry(found[1], file);
}

/** @returns undefined for an entry without a login: Docker leaves one for each login that a credential helper keeps. */
export function loginOfEntry(entry: Entry, source: string): Login | undefined {
  if (entry.identitytoken) return { identityToken: entry.identitytoken, source };
  const { username, password } = namedIn(entry);
  return username && password ? { username, password, source } : undefined;
}

function namedIn({ auth, username, password }: Entry): {
  username?: string | undefined;
  password?: string | undefined;
} {
  if (!auth) return { username, password };
  const decoded = Buffer.from(auth, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon < 0 ? {} : { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}

/** Older logins are kept under a URL: `https://registry.example.com/v1/`. */
const hostOf = (name: string): string => name.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
