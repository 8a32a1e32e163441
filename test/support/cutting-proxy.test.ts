import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startCuttingProxy, type AutomaticCuts } from './cutting-proxy.ts';

/** An echo server behind a proxy. */
async function start({ host, automatic }: { host?: string; automatic?: AutomaticCuts } = {}) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const target = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  const proxy = await startCuttingProxy({ target, ...(host ? { host } : {}), ...(automatic ? { automatic } : {}) });
  onTestFinished(async () => {
    await proxy.close();
    sockets.forEach((socket) => socket.destroy());
    server.close();
  });
  return proxy;
}

/** A client that remembers what came back and how its connection ended. */
async function client(proxy: { host: string; port: number }) {
  const socket = connect(proxy);
  const received: Buffer[] = [];
  const ended = new Promise<string>((resolve) => {
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
    socket.on('end', () => resolve('end'));
  });
  socket.on('data', (chunk) => received.push(chunk));
  await once(socket, 'connect');
  onTestFinished(() => void socket.destroy());
  return { socket, ended, text: () => Buffer.concat(received).toString('latin1') };
}

/**
 * Sends bytes one by one, each after the one before has come back: the count does not depend on how the network packs them.
 * @returns how many came back.
 */
async function echoes({ socket, ended, text }: Awaited<ReturnType<typeof client>>, count: number): Promise<number> {
  const cut = ended.then(() => true);
  for (let sent = 0; sent < count; sent++) {
    const echo = new Promise<boolean>((resolve) => socket.once('data', () => resolve(false)));
    socket.write('x');
    if (await Promise.race([echo, cut])) break;
  }
  return text().length;
}

describe('the cutting proxy', () => {
  it('listens on any loopback address and passes everything through, the end too', async () => {
    const proxy = await start({ host: '127.0.0.9' });
    const { socket, ended, text } = await client(proxy);
    const sent = 'x'.repeat(3_000_000);
    socket.end(sent);
    expect(await ended).toBe('end');
    expect(text()).toBe(sent);
    expect(proxy.host).toBe('127.0.0.9');
    await vi.waitUntil(() => proxy.connections === 0);
    expect(proxy.cuts).toBe(0);
  });

  it('cuts all connections with a reset and welcomes new ones', async () => {
    const proxy = await start();
    const clients = [await client(proxy), await client(proxy)];
    for (const { socket, text } of clients) {
      socket.write('ping');
      await vi.waitUntil(() => text() === 'ping');
    }
    expect(proxy.connections).toBe(2);
    proxy.cut();
    expect(await Promise.all(clients.map(({ ended }) => ended))).toEqual(['ECONNRESET', 'ECONNRESET']);
    expect([proxy.cuts, proxy.connections]).toEqual([2, 0]);
    const again = await client(proxy);
    again.socket.end('pong');
    await again.ended;
    expect(again.text()).toBe('pong');
  });

  it('cuts by itself after a number of bytes that the seed decides, so often and no more', async () => {
    const automatic = { seed: 7, minimumBytes: 100, maximumBytes: 500, cuts: 2 };
    const rounds: number[][] = [];
    for (let round = 0; round < 2; round++) {
      const proxy = await start({ automatic });
      const passed = [];
      for (let connection = 0; connection < 3; connection++) passed.push(await echoes(await client(proxy), 300));
      expect(proxy.cuts).toBe(2);
      rounds.push(passed);
    }
    expect(rounds[0]).toEqual(rounds[1]);
    const [first = 0, second = 0, third] = rounds[0] ?? [];
    // Both directions count.
    for (const count of [first, second]) expect(count).toSatisfy((each: number) => each >= 49 && each <= 250);
    expect(third).toBe(300);
  });

  it('stalls without a word and goes on later', async () => {
    const proxy = await start();
    const { socket, text } = await client(proxy);
    proxy.stall();
    const late = await client(proxy);
    socket.write('a');
    late.socket.write('b');
    await sleep(50);
    expect([text(), late.text(), proxy.connections]).toEqual(['', '', 2]);
    proxy.resume();
    await vi.waitUntil(() => text() === 'a' && late.text() === 'b');
  });

  it('stalls in one direction alone', async () => {
    const proxy = await start();
    const { socket, text } = await client(proxy);
    socket.write('a');
    await vi.waitUntil(() => text() === 'a');
    proxy.stallPresentOneWay('questions');
    const later = await client(proxy);
    socket.write('b');
    later.socket.write('c');
    await vi.waitUntil(() => later.text() === 'c');
    expect(text()).toBe('a');
    proxy.resume();
    await vi.waitUntil(() => text() === 'ab');
  });

  it('closes one half, and the client is not told', async () => {
    const proxy = await start();
    const { socket, ended } = await client(proxy);
    socket.write('a');
    await once(socket, 'data');
    proxy.halfClose();
    socket.write('b');
    expect(await Promise.race([ended, sleep(50).then(() => 'not told')])).toBe('not told');
    expect(proxy.connections).toBe(1);
  });

  it('resets a client whose target is not there', async () => {
    const proxy = await startCuttingProxy({ target: { host: '127.0.0.1', port: 1 } });
    onTestFinished(() => proxy.close());
    expect(await (await client(proxy)).ended).toBe('ECONNRESET');
  });
});
