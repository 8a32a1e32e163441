import { connect } from 'node:net';
import { Client, type ClientChannel, type ConnectConfig, type ExecOptions } from 'ssh2';
import { Call, type Answer, type CallOptions } from './call.ts';

/** Where an agent listens, and what opens it. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
  /** `ssh-ed25519 AAAA…` */
  readonly hostKey: string;
  /** OpenSSH private key. */
  readonly clientKey: string;
}

/** One connection of the suite's own client: it shares no code with the driver. */
export interface Wire {
  readonly client: Client;
  /** Sends `verb {"protocol":1,…}`, then the bytes, and waits for the channel's end. */
  ask(verb: string, body?: object, input?: Uint8Array | string): Promise<Answer>;
  /** The same without waiting; the input stays open when it is `undefined`. */
  send(verb: string, body: object, input: Uint8Array | string | undefined, options?: CallOptions): Promise<Call>;
  /** Opens a channel with a command as it is. */
  open(command: string, options?: CallOptions & { readonly exec?: ExecOptions }): Promise<Call>;
  /** Resets the connection. */
  cut(): void;
  close(): void;
}

/** Milliseconds in which an agent has to let us in. */
const HANDSHAKE = 20_000;

/** @throws when the agent does not let us in. */
export async function dial(endpoint: Endpoint, overrides: ConnectConfig = {}): Promise<Wire> {
  const socket = connect({ host: endpoint.address, port: endpoint.port, noDelay: true });
  const client = new Client();
  await new Promise<void>((resolve, reject) => {
    client.once('ready', resolve);
    // It stays: a connection that is cut on purpose ends with errors, too.
    client.on('error', reject);
    client.once('close', () => reject(new Error('the agent has closed the connection')));
    socket.once('error', reject);
    client.connect({
      sock: socket,
      username: 'anybody',
      privateKey: endpoint.clientKey,
      authHandler: ['publickey'],
      hostVerifier: (key: Buffer) => key.equals(Buffer.from(endpoint.hostKey.split(' ')[1] ?? '', 'base64')),
      readyTimeout: HANDSHAKE,
      ...overrides,
    });
  }).catch((error: unknown) => {
    socket.destroy();
    throw error;
  });
  const open: Wire['open'] = (command, { exec = {}, ...options } = {}) =>
    new Promise<Call>((resolve, reject) => {
      client.exec(command, exec, (error: Error | undefined, channel: ClientChannel) => {
        // A short answer comes in one packet with the channel's success, so whoever listens has to be there at once.
        if (error) reject(error);
        else resolve(new Call(channel, options));
      });
    });
  const send: Wire['send'] = async (verb, body, input, options) => {
    const call = await open(`${verb} ${JSON.stringify({ protocol: 1, ...body })}`, options);
    if (input !== undefined) call.channel.end(input);
    return call;
  };
  return {
    client,
    open,
    send,
    ask: async (verb, body = {}, input = '') => (await send(verb, body, input)).answer,
    cut: () => void socket.resetAndDestroy(),
    close: () => void client.end(),
  };
}
