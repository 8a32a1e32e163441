/**
 * The program, for `node -e`, that sits in a group's namespaces. Sockets belong to the network in which they were opened, whoever holds them: it opens
 * them there and hands them to its parent. Its argument is a JSON list of addresses to listen on, each `{ host, port }`.
 *
 * To the parent: `{ pid }` once it listens, or `{ failure }`; `{ accepted }` (index of the address) with each connection that comes; `{ connected }` (the
 * number of the request) with a socket, or without one when nothing answers. From the parent: `{ connect, host, port }`. It ends with its parent.
 */
export const HOLDER = `
const { connect, createServer } = require('node:net');
const listening = JSON.parse(process.argv[1]).map((address, accepted) => new Promise((resolve, reject) => {
  const server = createServer({ pauseOnConnect: true }, (socket) => process.send({ accepted }, socket));
  server.once('error', reject);
  server.listen(address, resolve);
}));
Promise.all(listening).then(
  () => process.send({ pid: process.pid }),
  ({ message }) => process.send({ failure: message }),
);
process.on('message', ({ connect: connected, host, port }) => {
  const socket = connect({ host, port });
  // What it is sent at once is for the parent to read.
  socket.pause();
  socket.once('connect', () => process.send({ connected }, socket));
  socket.once('error', () => process.send({ connected }));
});
process.on('disconnect', () => process.exit());
`;
