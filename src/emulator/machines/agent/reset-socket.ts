import type { Socket } from 'node:net';

/**
 * Resets a connection. One whose end is under way is only closed: Node 20 loses its handle when it is to be reset then, and the process waits for
 * it at its exit for ever.
 */
export function resetSocket(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
