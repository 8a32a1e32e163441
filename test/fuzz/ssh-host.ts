import { createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import ssh2, { type ServerChannel } from 'ssh2';
import type { AgentAddress } from '../../src/ssh/agent-session.ts';
import { keyPair } from '../conformance/key-pair.ts';

const LOOPBACK = '127.0.0.1';

/** A host that says whatever it is told to, from the first byte on. */
export async function startRawHost(talk: (socket: Socket) => void): Promise<AgentAddress> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    talk(socket);
  });
  return listening(server, keyPair().public);
}

/** A host with the right key that lets the client in, and then does with each exec channel what it is told to. */
export async function startTrustedHost(talk: (channel: ServerChannel) => void): Promise<AgentAddress> {
  const { private: hostKey, public: pinned } = keyPair();
  const ssh = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (context) => context.accept());
    client.on('session', (accept) => {
      accept().on('exec', (acceptExec) => {
        const channel = acceptExec();
        channel.on('error', () => undefined);
        channel.resume();
        talk(channel);
      });
    });
  });
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    ssh.injectSocket(socket);
  });
  return listening(server, pinned);
}

async function listening(server: ReturnType<typeof createServer>, hostKey: string): Promise<AgentAddress> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve));
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port } = server.address() as { port: number };
  return { host: LOOPBACK, port, hostKey, clientKey: keyPair().private };
}
