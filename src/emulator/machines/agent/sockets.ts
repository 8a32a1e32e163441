import type { Socket } from 'node:net';
import type { ConnectionMode } from '../../machine.ts';

/** The open connections of one agent, and what happens to them. */
export class Sockets {
  private readonly open = new Set<Socket>();
  private mode: ConnectionMode = 'normal';

  add(socket: Socket): void {
    this.open.add(socket);
    socket.once('close', () => this.open.delete(socket));
    this.apply(socket);
  }

  enter(mode: ConnectionMode): void {
    this.mode = mode;
    for (const socket of this.open) this.apply(socket);
  }

  destroy(): void {
    for (const socket of this.open) socket.destroy();
  }

  /** A stalled connection takes nothing in and lets nothing out, and nobody is told. */
  private apply(socket: Socket): void {
    switch (this.mode) {
      case 'drop':
        socket.destroy();
        break;
      case 'stall':
        socket.pause();
        socket.cork();
        break;
      case 'normal':
        while (socket.writableCorked > 0) socket.uncork();
        socket.resume();
        break;
    }
  }
}
