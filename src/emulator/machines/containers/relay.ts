import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { LineCondition } from '../../machine.ts';
import { Network } from '../agent/network.ts';

/**
 * What lies between a group's programs and their clients: the group's address in front, the programs' own behind, and the bytes in between, which can
 * be held up.
 */
export class Relay {
  private readonly front: string;
  private readonly dial: (port: number) => Promise<Socket>;
  private readonly network = new Network();
  /** Two containers may declare the same port. */
  private readonly open = new Map<number, { users: number; readonly opened: Promise<() => void> }>();

  /** @param dial to a program of the group. */
  constructor(front: string, dial: (port: number) => Promise<Socket>) {
    this.front = front;
    this.dial = dial;
  }

  /**
   * Takes connections to a port until the returned function is called, by everyone who takes it; then they end, too.
   * @throws Error when the port is taken.
   */
  async take(port: number): Promise<() => void> {
    const known = this.open.get(port) ?? { users: 0, opened: this.listen(port) };
    this.open.set(port, known);
    known.users++;
    const close = await known.opened.catch((error: unknown) => {
      this.open.delete(port);
      throw error;
    });
    return () => {
      if (--known.users > 0) return;
      this.open.delete(port);
      close();
    };
  }

  set(condition: LineCondition): void {
    this.network.set(condition);
  }

  private async listen(port: number): Promise<() => void> {
    const sockets = new Set<Socket>();
    const server = createServer({ noDelay: true }, (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      void this.pass(socket, port);
    });
    server.listen(port, this.front);
    // Rejects when an error comes first.
    await once(server, 'listening');
    return () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    };
  }

  private async pass(socket: Socket, port: number): Promise<void> {
    // Its other end is told by the line.
    socket.on('error', () => undefined);
    const line = this.network.connect(socket);
    if (!line) return;
    line.on('error', () => undefined);
    const program = await this.dial(port).catch(() => undefined);
    if (!program || line.destroyed) {
      program?.destroy();
      line.destroy();
      return;
    }
    program.on('error', () => line.destroy());
    line.once('close', () => program.destroy());
    line.pipe(program).pipe(line);
  }
}
