import type { Environment } from '../context.ts';
import { DriverError } from '../driver-error.ts';
import type { Context } from '../context.ts';
import { loginFromDocker } from '../registries/docker-config.ts';
import type { Login } from '../registries/login.ts';
import { timeLimit } from '../time-limit.ts';

export interface LoginFlags {
  readonly username?: string | undefined;
  readonly passwordStdin?: boolean | undefined;
}

/** Where the password may stand, if not on stdin. Arguments can be seen by everybody on the machine. */
const PASSWORD_VARIABLE = 'GITLAB_ECI_EXECUTOR_REGISTRY_PASSWORD';

/** Milliseconds. */
const STDIN_PATIENCE = 60_000;
/** Bytes. */
const LONGEST_PASSWORD = 64 * 1024;

/**
 * The login of the flags, else Docker's.
 * @returns undefined when nobody has logged in. @throws DriverError (operator) when flags lack something or Docker's logins are of no use.
 */
export async function findLogin(registry: string, flags: LoginFlags, context: Context): Promise<Login | undefined> {
  const { username, passwordStdin } = flags;
  if (username === undefined) {
    if (passwordStdin) throw incomplete('--password-stdin needs --username.');
    return loginFromDocker(registry, context.env, context.signal);
  }
  const password = passwordStdin ? await passwordFromStdin(context) : passwordFromEnvironment(context.env);
  if (!password) throw incomplete('--username needs a password, and there is none.');
  return { username, password, source: passwordStdin ? 'stdin' : PASSWORD_VARIABLE };
}

const incomplete = (message: string): DriverError =>
  new DriverError('operator', message, {
    hint: `Give the user with --username NAME, and the password on stdin (--password-stdin) or in ${PASSWORD_VARIABLE}.`,
  });

const passwordFromEnvironment = (env: Environment): string | undefined => env[PASSWORD_VARIABLE];

/** One line; its end does not belong to the password. */
async function passwordFromStdin({ stdin, clock, signal }: Context): Promise<string> {
  const limit = timeLimit(STDIN_PATIENCE, clock, signal);
  const late = new Promise<never>((_, reject) => {
    limit.signal.addEventListener('abort', () => reject(limit.signal.reason as Error), { once: true });
  });
  try {
    const text = await Promise.race([readAll(stdin()), late]);
    return text.replace(/\r?\n$/, '');
  } catch (error) {
    signal.throwIfAborted();
    if (!limit.signal.aborted) throw error;
    throw incomplete(`No password has come on stdin within ${STDIN_PATIENCE / 1000} s.`);
  } finally {
    limit.over();
  }
}

async function readAll(input: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of input) {
    size += chunk.byteLength;
    if (size > LONGEST_PASSWORD) throw incomplete('What came on stdin is too long to be a password.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
