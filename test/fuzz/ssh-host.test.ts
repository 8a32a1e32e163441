import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DriverError } from '../../src/driver-error.ts';
import { ConnectionFailed } from '../../src/ssh/agent-session.ts';
import { openSession } from '../../src/ssh/open-session.ts';
import { jsonValue, patienceFor, RUNS } from './inputs.ts';
import { held } from './memory.ts';
import { startRawHost, startTrustedHost } from './ssh-host.ts';

/** Connections cost more than texts, and those that never come to a login less than the others. */
const CONNECTIONS = Math.max(100, Math.floor(RUNS / 10));
const TRIES = 5 * CONNECTIONS;
const [KIB, MIB] = [1024, 1024 * 1024];
const never = new AbortController().signal;
const PATIENCE = patienceFor(CONNECTIONS, 1000);

/** What ends a try without ending the driver. */
const isForeseen = (error: unknown): boolean => error instanceof ConnectionFailed || error instanceof DriverError;

/** Bytes by which memory may grow with so many connections: what is made once comes with the first ones. */
const growth = (connections: number): number => Math.min(MIB / 2 + connections * 4 * KIB, 2 * MIB + connections * KIB);

/** @throws when a property does not hold, or when memory grows with the connections: one that is forgotten holds 14 KiB at least. */
async function holdsNoMemory<T>(property: fc.IAsyncProperty<T>, connections: number): Promise<void> {
  // What is made once, by whoever comes first.
  await fc.assert(property, { numRuns: 20 });
  const before = await held();
  await fc.assert(property, { numRuns: connections });
  expect((await held()) - before).toBeLessThan(growth(connections));
}

const BANNER = 'SSH-2.0-x\r\n';
/** A packet before keys are exchanged: its length, its padding's length, the message. */
const packet = (type: number, payload: Uint8Array): Buffer => {
  const padding = 8 - ((5 + 1 + payload.length) % 8) + 8;
  const head = Buffer.alloc(6);
  head.writeUInt32BE(1 + 1 + payload.length + padding, 0);
  head[4] = padding;
  head[5] = type;
  return Buffer.concat([head, payload, Buffer.alloc(padding)]);
};

describe('a host before anybody has logged in', () => {
  it('ends a try and nothing else, whatever bytes it sends', PATIENCE, async () => {
    let bytes: Uint8Array = Buffer.alloc(0);
    const address = await startRawHost((socket) => socket.end(bytes));
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.uint8Array({ maxLength: 300 }).map((rest) => Buffer.concat([Buffer.from(BANNER), rest])),
      fc
        .tuple(fc.nat(255), fc.uint8Array({ maxLength: 300 }))
        .map(([type, payload]) => Buffer.concat([Buffer.from(BANNER), packet(type, payload)])),
      fc.string({ unit: 'binary', maxLength: 100 }).map((text) => Buffer.from(`SSH-2.0-${text}\r\n`)),
    );
    await holdsNoMemory(
      fc.asyncProperty(anything, async (given) => {
        bytes = given;
        const failed = await openSession(address, never).catch((error: unknown) => error);
        expect(failed).toBeInstanceOf(ConnectionFailed);
      }),
      TRIES,
    );
  });

  it.each([
    ['a greeting without an end', 'x'],
    ['lines without a greeting', 'hello\r\n'],
  ])('costs neither time nor memory without end with %s', PATIENCE, async (_, text) => {
    const block = Buffer.alloc(MIB, text);
    let sent = 0;
    const address = await startRawHost((socket) => {
      const more = (): void => {
        while (sent < 256 * MIB && !socket.destroyed) {
          sent += block.length;
          if (!socket.write(block)) return void socket.once('drain', more);
        }
      };
      more();
    });
    const before = process.memoryUsage().rss;
    await expect(openSession(address, never)).rejects.toThrow(ConnectionFailed);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * MIB);
  });
});

const message = fc.oneof(
  jsonValue.map((value) => `${JSON.stringify(value)}\n`),
  fc
    .record(
      {
        event: fc.constantFrom('started', 'end', 'error', 'x'),
        end: fc.constantFrom('exited', 'signalled', 'interrupted', 'x'),
        code: jsonValue,
        size: jsonValue,
        signal: jsonValue,
        error: jsonValue,
        message: jsonValue,
      },
      { requiredKeys: [] },
    )
    .map((value) => `${JSON.stringify(value)}\n`),
  fc.string({ unit: 'binary', maxLength: 200 }),
);

describe('a host that has the right key', () => {
  it('ends a try, or is understood, whatever it answers', PATIENCE, async () => {
    interface Answer {
      readonly stdout: readonly string[];
      readonly stderr: readonly string[];
      readonly status: number | string | undefined;
    }
    let given: Answer = { stdout: [], stderr: [], status: undefined };
    const address = await startTrustedHost((channel) => {
      for (const text of given.stdout) channel.write(text);
      for (const text of given.stderr) channel.stderr.write(text);
      if (typeof given.status === 'number') channel.exit(given.status);
      if (typeof given.status === 'string') channel.exit(given.status, false, 'x');
      channel.end();
    });
    const answers = fc.record({
      stdout: fc.array(message, { maxLength: 3 }),
      stderr: fc.array(message, { maxLength: 3 }),
      status: fc.option(fc.oneof(fc.nat(2 ** 31 - 1), fc.constantFrom('TERM', 'KILL', 'X')), { nil: undefined }),
    });
    const sink = { bytes: () => Promise.resolve(), started: () => undefined };
    await holdsNoMemory(
      fc.asyncProperty(answers, async (answer) => {
        given = answer;
        const session = await openSession(address, never);
        const script = Buffer.from('true\n');
        const request = { id: 'a', offset: 0, shells: ['/bin/sh'], killAfter: 1 };
        const asked = await Promise.allSettled([
          session.hello(),
          session.run(request, script, sink),
          session.kill('a', 'TERM'),
          session.exec(['true'], { timeout: 1 }),
        ]);
        session.close();
        const failures = asked.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
        expect(failures.filter((error) => !isForeseen(error))).toEqual([]);
      }),
      CONNECTIONS,
    );
  });

  it('costs no memory with a message that has no end', PATIENCE, async () => {
    const block = Buffer.alloc(MIB, 'x');
    const address = await startTrustedHost((channel) => {
      let sent = 0;
      const more = (): void => {
        while (sent < 96 * MIB) {
          sent += block.length;
          if (!channel.stderr.write(block)) return void channel.stderr.once('drain', more);
        }
        // A channel that ends would take what has not been sent yet with it.
        channel.stderr.write(`\n{"event":"end","end":"exited","code":3,"size":0}\n`, () => channel.end());
      };
      more();
    });
    const session = await openSession(address, never);
    let peak = 0;
    const before = process.memoryUsage().heapUsed;
    const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().heapUsed - before)), 20);
    const sink = { bytes: () => Promise.resolve(), started: () => undefined };
    const request = { id: 'a', offset: 0, shells: ['/bin/sh'], killAfter: 1 };
    const end = await session.run(request, Buffer.from('true\n'), sink);
    clearInterval(watch);
    session.close();
    // What comes behind it counts: the end was read.
    expect(end).toEqual({ kind: 'exited', code: 3, size: 0 });
    expect(peak).toBeLessThan(64 * MIB);
  });
});
