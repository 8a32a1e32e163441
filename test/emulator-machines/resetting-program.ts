import { connect, createServer, type AddressInfo } from 'node:net';
import { resetSocket } from '../../src/emulator/machines/agent/reset-socket.ts';

/** A program that resets a connection in the moment in which it ends it, and has nothing else to do. */
const server = createServer((socket) => {
  socket.on('error', () => undefined);
  socket.end('farewell');
  resetSocket(socket);
  server.close();
});
server.listen(0, '127.0.0.1', () => {
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => undefined).resume();
});
