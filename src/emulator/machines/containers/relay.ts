import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { LineCondition } from '../../machine.ts';
import { Network } from '../agent/network.ts';

/**
 * What lies between a group's programs and their clients: the group's address in front, the programs' own behind, and the bytes in between, which can
 * be held up.
 */
export class Relay {
  private readonly front: string;
  private readonly back: string;
  private readonly network = new Network();

  constructor(front: string, back: string) {
    this.front = front;
    this.back = back;
  }

  /**
   * Takes connections to a port until the returned function is called, which ends them, too.
   * @throws Error when the port is taken.
   */
  async open(port: number): Promise<() => void> {
    const sockets = new Set<Socket>();
    const server = createServer({ noDelay: true }, (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      this.pass(socket, port);
    });
    await listen(server, port, this.front);
    return () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    };
  }

  set(condition: LineCondition): void {
    this.network.set(condition);
  }

  private pass(socket: Socket, port: number): void {
    // Its other end is told by the line.
    socket.on('error', () => undefined);
    const line = this.network.connect(socket);
    if (!line) return;
    const program = connect({ host: this.back, port, noDelay: true });
    program.on('error', () => line.destroy());
    line.on('error', () => undefined);
    line.once('close', () => program.destroy());
    line.pipe(program).pipe(line);
  }
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  server.listen(port, host);
  // Rejects when an error comes first.
  await once(server, 'listening');
}
