import { spawn } from 'node:child_process';
import * as z from 'zod/mini';
import type { Environment } from '../context.ts';
import { DriverError } from '../driver-error.ts';
import { parseJson } from '../json.ts';
import type { Login } from './login.ts';

/** Milliseconds from its end to the end of its output. */
const LAST_WORDS = 1000;
/** Characters. */
const LONGEST_ANSWER = 1024 * 1024;

/** Docker: `docker-credential-helpers/credentials`. */
const Answer = z.object({ Username: z.string(), Secret: z.string() });
/** Address of a registry to its user. */
const ListAnswer = z.record(z.string(), z.string());
const NOT_FOUND = 'credentials not found';
/** In place of a user's name: the secret is an identity token. */
const TOKEN_USER = '<token>';

export interface HelperPorts {
  /** With the PATH on which helpers are found. */
  readonly env: Environment;
  readonly signal: AbortSignal;
  /** Milliseconds that a helper may take: some ask a cloud, some ask a person for a PIN. */
  readonly patience: number;
}

const programOf = (name: string): string => `docker-credential-${name}`;

/**
 * Asks `docker-credential-NAME` for a login.
 * @param key what the login is kept under: an address, a host, or a host with a path.
 * @returns undefined when it has none. @throws DriverError (operator) when it cannot be asked.
 */
export async function askCredentialHelper(name: string, key: string, ports: HelperPorts): Promise<Login | undefined> {
  const program = programOf(name);
  const failed = (why: string): DriverError =>
    new DriverError('operator', `Docker's credential helper ${program} has given no login for ${key}: ${why}.`, {
      hint: `Try it by hand (echo ${key} | ${program} get), or log in with --username and --password-stdin.`,
    });
  const { code, output } = await call(name, 'get', key, ports, failed);
  if (code !== 0) {
    if (output.includes(NOT_FOUND)) return undefined;
    // What it prints is not shown: nobody knows what it holds.
    throw failed(`it ended with ${code}`);
  }
  const answer = Answer.safeParse(parseJson(output));
  if (!answer.success) throw failed('its answer cannot be understood');
  const { Username: username, Secret: secret } = answer.data;
  return username === TOKEN_USER
    ? { identityToken: secret, source: program }
    : { username, password: secret, source: program };
}

/**
 * What `docker-credential-NAME` keeps logins under.
 * @returns undefined when it cannot tell: `list` is not implemented by every helper. @throws DriverError (operator) when it cannot be asked.
 */
export async function keysOfCredentialHelper(name: string, ports: HelperPorts): Promise<readonly string[] | undefined> {
  const failed = (why: string): DriverError =>
    new DriverError('operator', `Docker's credential helper ${programOf(name)} does not say what it has: ${why}.`);
  const { code, output } = await call(name, 'list', '', ports, failed);
  const answer = ListAnswer.safeParse(parseJson(output));
  return code === 0 && answer.success ? Object.keys(answer.data) : undefined;
}

interface HelperEnd {
  readonly code: number;
  readonly output: string;
}

/** @throws what `failed` makes of a helper that does not start or does not end. */
async function call(
  name: string,
  verb: string,
  input: string,
  ports: HelperPorts,
  failed: (why: string) => DriverError,
): Promise<HelperEnd> {
  if (!/^[\w.-]+$/.test(name)) throw failed('its name is not one');
  const { code, output } = await run(programOf(name), verb, input, ports).catch((error: NodeJS.ErrnoException) => {
    ports.signal.throwIfAborted();
    throw failed(error.code ?? 'it cannot be started');
  });
  if (code === null) throw failed(`it had no end within ${ports.patience / 1000} s`);
  return { code, output };
}

function run(
  program: string,
  verb: string,
  input: string,
  { env, signal, patience }: HelperPorts,
): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [verb], {
      env: { ...env },
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: patience,
      killSignal: 'SIGKILL',
      signal,
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      if (output.length < LONGEST_ANSWER) output += chunk;
    });
    // One that has read enough, or nothing, closes its stdin.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    // A process that it has left behind may hold its stdout for ever.
    child.once('exit', () => setTimeout(() => child.stdout.destroy(), LAST_WORDS).unref());
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}
