import type { Environment } from '../context.ts';
import { redact } from './redact.ts';

/** Names of what is a secret of the operator's: the driver's credentials, the runner's tokens. */
const SECRET_NAME = /SECRET|TOKEN|PASSW|CREDENTIAL|PRIVATE|ACCESS_KEY|AUTH_CONFIG/i;
/** Where a secret is, and not the secret itself. */
const PLACE_NAME = /_(FILE|DIRECTORY)$/i;
/** Variables of the job, as the runner gives them to the driver. */
const OF_THE_JOB = 'CUSTOM_ENV_';

/** Where a proxy is, as all programs of a host are told. */
const PROXY_ADDRESS = /^(https?|all|ftp|no)_proxy$/i;

/** A proxy's address without a login is no secret: its address is what one looks for when the network fails. */
const isOfOperator = (name: string, value: string): boolean =>
  (SECRET_NAME.test(name) && !PLACE_NAME.test(name)) ||
  (/PROXY/i.test(name) && (value.includes('@') || !PROXY_ADDRESS.test(name)));

const valuesOf = (env: Environment, isMeant: (name: string, value: string) => boolean): readonly string[] =>
  Object.entries(env).flatMap(([name, value = '']) => (isMeant(name, value) ? [value] : []));

/** What a name says of the operator's secrets in the environment that the runner gives to the driver. Who has a key's id has nothing yet. */
export const operatorSecretsIn = (env: Environment): readonly string[] =>
  valuesOf(env, (name, value) => !name.startsWith(OF_THE_JOB) && isOfOperator(name, value) && !/KEY_ID$/i.test(name));

/** What may be secret there: every variable of the job, masked or not, and what a name says of the operator's. */
export const suspectsIn = (env: Environment): readonly string[] =>
  valuesOf(env, (name, value) => name.startsWith(OF_THE_JOB) || isOfOperator(name, value));

/** In the shape of pino's `err`. */
interface ErrorFields {
  readonly type: string;
  readonly message?: string;
  readonly stack?: string;
}

/**
 * An error that nobody foresaw, for the driver's own log. Its further fields are left out: the SDK keeps whole requests there.
 * @param hide takes what may be secret out of its message: nobody knows what that holds.
 */
export function errorFields(thrown: unknown, hide: (text: string) => string): ErrorFields {
  if (!(thrown instanceof Error)) return { type: typeof thrown };
  const { name, message, stack = '' } = thrown;
  // A message that looks like a frame stands in front of the frames.
  const frames = stack.slice(stack.indexOf(message) + message.length).split('\n');
  return {
    type: name,
    message: redact(hide(message)),
    stack: frames.filter((line) => /^\s+at /.test(line)).join('\n'),
  };
}
