import { isIPv4 } from 'node:net';

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * The emulator runs the scripts of whoever can reach it, so it is reachable from its own machine only.
 *
 * @param text such as `127.0.0.1:8091`; port 0 takes any free one.
 * @throws Error that says what is allowed.
 */
export const parseListen = (text: string): ListenAddress =>
  parseLoopback(text, 'the emulator listens on loopback only, because it runs the scripts of its clients');

/** @param text of a program of the machine that groups may reach, such as `127.0.0.1:8091`. @throws Error that says what is allowed. */
export function parseReachable(text: string): ListenAddress {
  const address = parseLoopback(
    text,
    'groups can be let out to loopback only, which is all that their own network has',
  );
  if (address.port === 0) throw new Error(`"${text}" names no port`);
  return address;
}

function parseLoopback(text: string, why: string): ListenAddress {
  const [, host = '', digits = ''] = /^(.*):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === '' || port > 65535) {
    throw new Error(`"${text}" is no address and port, such as 127.0.0.1:8091 (port 0: any free one)`);
  }
  if (!isIPv4(host) || !host.startsWith('127.')) throw new Error(`${why}: "${host}" is not in 127.0.0.0/8`);
  return { host, port };
}
