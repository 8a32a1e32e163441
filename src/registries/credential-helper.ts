import { spawn } from 'node:child_process';
import * as z from 'zod/mini';
import type { Environment } from '../context.ts';
import { DriverError } from '../driver-error.ts';
import { parseJson } from '../json.ts';
import type { Login } from './login.ts';

/** Milliseconds: some ask a cloud, some ask a person for a PIN. */
const PATIENCE = 60_000;
/** Milliseconds from its end to the end of its output. */
const LAST_WORDS = 1000;
/** Characters. */
const LONGEST_ANSWER = 1024 * 1024;

/** Docker: `docker-credential-helpers/credentials`. */
const Answer = z.object({ Username: z.string(), Secret: z.string() });
const NOT_FOUND = 'credentials not found';
/** In place of a user's name: the secret is an identity token. */
const TOKEN_USER = '<token>';

/**
 * Asks `docker-credential-NAME` for a login.
 * @returns undefined when it has none. @throws DriverError (operator) when it cannot be asked.
 */
export async function askCredentialHelper(
  name: string,
  key: string,
  env: Environment,
  signal: AbortSignal,
): Promise<Login | undefined> {
  const program = `docker-credential-${name}`;
  const failed = (why: string): DriverError =>
    new DriverError('operator', `Docker's credential helper ${program} has given no login for ${key}: ${why}.`, {
      hint: `Try it by hand (echo ${key} | ${program} get), or log in with --username and --password-stdin.`,
    });
  if (!/^[\w.-]+$/.test(name)) throw failed('its name is not one');
  const { code, output } = await ask(program, key, env, signal).catch((error: NodeJS.ErrnoException) => {
    signal.throwIfAborted();
    throw failed(error.code ?? 'it cannot be started');
  });
  if (code !== 0) {
    if (output.includes(NOT_FOUND)) return undefined;
    // What it prints is not shown: nobody knows what it holds.
    throw failed(code === null ? `it had no end within ${PATIENCE / 1000} s` : `it ended with ${code}`);
  }
  const answer = Answer.safeParse(parseJson(output));
  if (!answer.success) throw failed('its answer cannot be understood');
  const { Username: username, Secret: secret } = answer.data;
  return username === TOKEN_USER
    ? { identityToken: secret, source: program }
    : { username, password: secret, source: program };
}

function ask(
  program: string,
  key: string,
  env: Environment,
  signal: AbortSignal,
): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['get'], {
      env: { ...env },
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: PATIENCE,
      killSignal: 'SIGKILL',
      signal,
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      if (output.length < LONGEST_ANSWER) output += chunk;
    });
    // One that has read enough, or nothing, closes its stdin.
    child.stdin.on('error', () => undefined);
    child.stdin.end(key);
    // A process that it has left behind may hold its stdout for ever.
    child.once('exit', () => setTimeout(() => child.stdout.destroy(), LAST_WORDS).unref());
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}
