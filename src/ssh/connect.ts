import { connect as openSocket } from 'node:net';
import type { Client as Ssh2Client, ClientChannel } from 'ssh2';
import { type AgentAddress, ConnectionFailed, ForeignHostKey } from './agent-session.ts';
import { Client } from './vendor.ts';

/** Milliseconds for the way from the first packet to an authenticated connection. */
const CONNECT_TIMEOUT = 10_000;

/** Milliseconds. */
const KEEPALIVE_INTERVAL = 10_000;
/** So many keepalives without an answer: the connection is lost when the next one would be due, after 40 s. Timers of a stopped process do not catch up. */
const KEEPALIVE_COUNT = 3;

/** A channel with the exit status that may come on it. */
export interface ExecChannel {
  readonly stream: ClientChannel;
  /** Undefined until the status has come, and when a signal ended the program. */
  readonly status: () => number | undefined;
}

export interface SshConnection {
  /** Opens a channel for one command. */
  exec(command: string): Promise<ExecChannel>;
  close(): void;
}

/** @throws ConnectionFailed; ForeignHostKey when the host key is not the container's. */
export async function connect(address: AgentAddress, signal: AbortSignal): Promise<SshConnection> {
  signal.throwIfAborted();
  // Without noDelay each request waits 40 ms and more: ssh2 writes a packet in several small pieces.
  const socket = openSocket({ host: address.host, port: address.port, noDelay: true });
  const client: Ssh2Client = new Client();
  const pinned = Buffer.from(address.hostKey.split(' ')[1] ?? '', 'base64');
  let foreignKey = false;

  const abort = (): void => void socket.destroy(new ConnectionFailed('cancelled'));
  signal.addEventListener('abort', abort, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      client.once('ready', resolve);
      client.once('close', () => reject(new ConnectionFailed('the connection was closed')));
      // Errors also come after `ready`; without a listener they would end the process. The channels' own ends tell the rest.
      client.on('error', (error) => reject(new ConnectionFailed(reasonOf(error))));
      socket.once('error', (error) => reject(new ConnectionFailed(reasonOf(error))));
      client.connect({
        sock: socket,
        username: 'eci',
        readyTimeout: CONNECT_TIMEOUT,
        keepaliveInterval: address.keepalive ?? KEEPALIVE_INTERVAL,
        keepaliveCountMax: KEEPALIVE_COUNT,
        hostVerifier: (key: Buffer) => {
          foreignKey = !key.equals(pinned);
          return !foreignKey;
        },
        privateKey: address.clientKey,
        authHandler: ['publickey'],
        algorithms: {
          kex: ['curve25519-sha256', 'curve25519-sha256@libssh.org'],
          serverHostKey: ['ssh-ed25519'],
          // Not chacha20-poly1305: ssh2 has it in WebAssembly, slower than both, and the build leaves that out (build-stand-ins.ts).
          cipher: ['aes128-gcm@openssh.com', 'aes128-ctr'],
          // The build leaves out ssh2's compression too (build-stand-ins.ts).
          compress: ['none'],
        },
      });
    });
  } catch (error) {
    client.destroy();
    signal.throwIfAborted();
    if (foreignKey) throw new ForeignHostKey();
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
  return {
    exec: (command) => openChannel(client, command),
    close: () => {
      client.end();
      socket.destroy();
    },
  };
}

function openChannel(client: Ssh2Client, command: string): Promise<ExecChannel> {
  return new Promise((resolve, reject) => {
    const lost = (): void => reject(new ConnectionFailed('the connection was closed'));
    client.once('close', lost);
    try {
      client.exec(command, (error, channel) => {
        client.removeListener('close', lost);
        if (error) return reject(new ConnectionFailed(reasonOf(error)));
        // Listened for in this very turn: a short program's status can come in the same packet as the channel.
        let status: number | undefined;
        channel.on('exit', (code: number | null) => (status = code ?? undefined));
        resolve({ stream: channel, status: () => status });
      });
    } catch (error) {
      // ssh2 throws when the connection is gone already.
      client.removeListener('close', lost);
      reject(new ConnectionFailed(reasonOf(error)));
    }
  });
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'no route to the address',
  ENETUNREACH: 'no route to the network',
  ETIMEDOUT: 'no answer',
};

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code && WORDS[code]) return WORDS[code];
  const message = error instanceof Error ? error.message : String(error);
  return /timed? ?out/i.test(message) ? `no answer within ${CONNECT_TIMEOUT / 1000} s` : message;
}
