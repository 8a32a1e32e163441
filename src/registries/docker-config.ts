import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import type { Environment } from '../context.ts';
import { DriverError } from '../driver-error.ts';
import { askCredentialHelper } from './credential-helper.ts';
import { loginKey } from './image-name.ts';
import { parseJson } from '../json.ts';
import type { Login } from './login.ts';

const text = z.optional(z.string());

/** What `docker login` writes (Docker: `cli/config/configfile`). */
const DockerConfig = z.object({
  auths: z.optional(
    z.record(z.string(), z.object({ auth: text, username: text, password: text, identitytoken: text })),
  ),
  credsStore: text,
  credHelpers: z.optional(z.record(z.string(), z.string())),
});
type DockerConfig = z.infer<typeof DockerConfig>;
type Entry = NonNullable<DockerConfig['auths']>[string];

/**
 * The login that Docker has for a registry: from its credential helper, else from the file itself.
 * @returns undefined when there is none. @throws DriverError (operator) when the file or the helper is of no use.
 */
export async function loginFromDocker(
  registry: string,
  env: Environment,
  signal: AbortSignal,
): Promise<Login | undefined> {
  const file = join(env.DOCKER_CONFIG || join(env.HOME || '/', '.docker'), 'config.json');
  const config = await readConfig(file);
  if (config === undefined) return undefined;
  const key = loginKey(registry);
  const helper = config.credHelpers?.[key] ?? config.credsStore;
  const kept = helper ? await askCredentialHelper(helper, key, env, signal) : undefined;
  return kept ?? loginFromFile(key, config, file);
}

async function readConfig(file: string): Promise<DockerConfig | undefined> {
  let content: string;
  try {
    content = await readFile(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw unusable(file, code ?? 'unknown error', cause);
  }
  const value = parseJson(content);
  if (value === undefined) throw unusable(file, 'it is not JSON');
  const result = DockerConfig.safeParse(value);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw unusable(file, `${issue?.path.join('.') || 'it'} is not what Docker writes`);
  }
  return result.data;
}

const unusable = (file: string, why: string, cause?: unknown): DriverError =>
  new DriverError('operator', `Docker's logins cannot be read from ${file}: ${why}.`, {
    hint: 'Mend the file, or log in with --username and --password-stdin.',
    cause,
  });

function loginFromFile(key: string, { auths = {} }: DockerConfig, file: string): Login | undefined {
  const found = Object.entries(auths).find(([name]) => name === key || hostOf(name) === key);
  if (!found) return undefined;
  const [, entry] = found;
  if (entry.identitytoken) return { identityToken: entry.identitytoken, source: file };
  const { username, password } = namedIn(entry);
  return username && password ? { username, password, source: file } : undefined;
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
