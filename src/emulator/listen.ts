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
export function parseListen(text: string): ListenAddress {
  const [, host = '', digits = ''] = /^(.*):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === '' || port > 65535) {
    throw new Error(`"${text}" is no address and port, such as 127.0.0.1:8091 (port 0: any free one)`);
  }
  if (!isIPv4(host) || !host.startsWith('127.')) {
    throw new Error(
      `the emulator listens on loopback only, because it runs the scripts of its clients: "${host}" is not in 127.0.0.0/8`,
    );
  }
  return { host, port };
}
