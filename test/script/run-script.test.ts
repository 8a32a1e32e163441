import { describe, expect, it } from 'vitest';
import type { Output } from '../../src/context.ts';
import type { Loss } from '../../src/group/loss.ts';
import { runScript } from '../../src/script/run-script.ts';
import { type AgentSession, type ChannelEnd, type ChannelSink, ConnectionFailed } from '../../src/ssh/agent-session.ts';
import { eciError } from '../support/container-groups.ts';
import { ManualClock } from '../support/manual-clock.ts';

const MINUTE = 60_000;

/** What happens on one connection after another; the last one stays. */
type Connection = ((sink: ChannelSink) => Promise<ChannelEnd>) | 'refused';

interface Around {
  readonly signal?: AbortSignal;
  /** Beside the moment of the question. */
  readonly askForLoss?: () => Promise<Loss | undefined>;
  readonly kill?: (signal: string, connection: number) => Promise<void>;
}

function runOver(connections: readonly Connection[], clock: ManualClock, around: Around = {}) {
  let output = '';
  let opened = 0;
  const session = (serve: (sink: ChannelSink) => Promise<ChannelEnd>, number: number): AgentSession => ({
    hello: () => Promise.reject(new Error('not asked for')),
    exec: () => Promise.reject(new Error('not asked for')),
    run: (_request, _script, sink) => serve(sink),
    follow: (_id, _offset, sink) => serve(sink),
    kill: (_id, signal) => around.kill?.(signal, number) ?? Promise.resolve(),
    close: () => undefined,
  });
  const stdout: Output = {
    closed: false,
    write: (bytes) => {
      output += Buffer.from(bytes).toString('utf8');
      return Promise.resolve();
    },
  };
  const end = runScript(
    { id: 'a', bytes: Buffer.from('true') },
    {
      connect: () => {
        const connection = connections[Math.min(opened++, connections.length - 1)];
        if (connection === undefined || connection === 'refused')
          return Promise.reject(new ConnectionFailed('connection refused'));
        return Promise.resolve(session(connection, opened));
      },
      output: stdout,
      clock,
      signal: around.signal ?? new AbortController().signal,
      random: () => 0,
      askForLoss: async () => {
        const askedAt = clock.now();
        const loss = await around.askForLoss?.();
        return { askedAt, ...(loss ? { loss } : {}) };
      },
      reconnectTimeout: 2 * MINUTE,
    },
  );
  return { end, output: () => output, opened: () => opened };
}

const silentFor =
  (clock: ManualClock, milliseconds: number) =>
  async (sink: ChannelSink): Promise<ChannelEnd> => {
    sink.started();
    await clock.sleep(milliseconds);
    return { kind: 'cut' };
  };

describe('a script whose connection is lost', () => {
  it('after a silence longer than reconnect_timeout is followed over a new connection', async () => {
    const clock = new ManualClock();
    const { end, output } = runOver(
      [
        silentFor(clock, 10 * MINUTE),
        async (sink) => {
          sink.started();
          await sink.bytes(Buffer.from('built\n'));
          return { kind: 'exited', code: 0, size: 6 };
        },
      ],
      clock,
    );
    await clock.advanceUntil(end);
    expect(await end).toEqual({ kind: 'exited', code: 0 });
    expect(output()).toBe('built\n');
  });

  it('is lost when no connection comes about for reconnect_timeout, and the sentence counts from the loss', async () => {
    const clock = new ManualClock();
    const { end } = runOver([silentFor(clock, 10 * MINUTE), 'refused'], clock);
    await clock.advanceUntil(end);
    const result = await end;
    expect(result.kind).toBe('lost');
    const seconds = Number(
      /could not be restored for (\d+) s/.exec(result.kind === 'lost' ? result.sentence : '')?.[1],
    );
    expect(seconds).toBeGreaterThanOrEqual(120);
    expect(seconds).toBeLessThan(135);
  });

  it.each([
    ['what ECI says of the group', () => Promise.resolve(undefined), 'ECI reports the group as running.'],
    [
      'that ECI could not be asked',
      () => Promise.reject(eciError('Forbidden.RAM')),
      'ECI could not be asked about the group (Forbidden.RAM).',
    ],
  ])('is told with %s', async (_what, askForLoss, expected) => {
    const clock = new ManualClock();
    const { end } = runOver(['refused'], clock, { askForLoss });
    await clock.advanceUntil(end);
    const result = await end;
    expect(result.kind === 'lost' && result.sentence).toContain(expected);
  });

  it('says at which byte of the log it was lost', async () => {
    const clock = new ManualClock();
    const tenBytes = async (sink: ChannelSink): Promise<ChannelEnd> => {
      sink.started();
      await sink.bytes(Buffer.from('0123456789'));
      return { kind: 'cut' };
    };
    const { end, output } = runOver([tenBytes, 'refused'], clock);
    await clock.advanceUntil(end);
    expect(await end).toMatchObject({
      kind: 'lost',
      sentence: expect.stringMatching(/was lost at byte 10 of the log/) as string,
    });
    expect(output()).toBe('0123456789');
  });

  it('is not lost by a manager that stood still for an hour: only time in which it could have heard something counts', async () => {
    const clock = new ManualClock();
    const { end, output, opened } = runOver(
      [
        silentFor(clock, 1000),
        ...Array.from({ length: 4 }, () => 'refused' as const),
        async (sink) => {
          sink.started();
          await sink.bytes(Buffer.from('built\n'));
          return { kind: 'exited', code: 0, size: 6 };
        },
      ],
      clock,
    );
    for (let step = 0; opened() < 3 && step < 600; step++) await clock.advance(0.1);
    await clock.leap(3600);
    await clock.advanceUntil(end, 60);
    expect(await end).toEqual({ kind: 'exited', code: 0 });
    expect(output()).toBe('built\n');
  });

  it('is lost by a manager that stands still again and again, when it was awake for reconnect_timeout', async () => {
    const clock = new ManualClock();
    const { end } = runOver([silentFor(clock, 1000), 'refused'], clock);
    let over = false;
    void end.then(() => (over = true));
    for (let minute = 0; !over && minute < 30; minute++) {
      await clock.advance(20);
      await clock.leap(40);
    }
    expect((await end).kind).toBe('lost');
  });

  it('is lost when connections come about but never get as far as the script', async () => {
    const clock = new ManualClock();
    const { end } = runOver([() => Promise.resolve({ kind: 'cut' })], clock);
    await clock.advanceUntil(end);
    expect((await end).kind).toBe('lost');
  });

  it('is not asked for more often the longer it goes on', async () => {
    const clock = new ManualClock();
    const { end, opened } = runOver(['refused'], clock);
    await clock.advanceUntil(end);
    // Every 100 ms would be over a thousand.
    expect(opened()).toBeLessThan(40);
  });

  it('is not finished by an end whose bytes have not all come', async () => {
    const clock = new ManualClock();
    const { end, output } = runOver(
      [
        async (sink) => {
          sink.started();
          await sink.bytes(Buffer.from('abc'));
          return { kind: 'exited', code: 0, size: 6 };
        },
        async (sink) => {
          sink.started();
          await sink.bytes(Buffer.from('def'));
          return { kind: 'exited', code: 0, size: 6 };
        },
      ],
      clock,
    );
    await clock.advanceUntil(end);
    expect(await end).toEqual({ kind: 'exited', code: 0 });
    expect(output()).toBe('abcdef');
  });
});

const forever = (sink: ChannelSink): Promise<ChannelEnd> => {
  sink.started();
  return new Promise(() => undefined);
};

describe('a script that is running', () => {
  it('ends when the cloud says that its group is gone, though the connection says nothing', async () => {
    const clock = new ManualClock();
    const gone: Loss = { kind: 'group-lost', sentence: 'reclaimed' };
    const { end } = runOver([forever], clock, { askForLoss: () => Promise.resolve(gone) });
    await clock.advanceUntil(end);
    expect(await end).toEqual(gone);
  });

  it('gets TERM when the runner wants to stop, and its own end is not taken for a result', async () => {
    const clock = new ManualClock();
    const runner = new AbortController();
    const sent: string[] = [];
    let stopped = (): void => undefined;
    const trapped = async (sink: ChannelSink): Promise<ChannelEnd> => {
      sink.started();
      await new Promise<void>((resolve) => (stopped = resolve));
      return { kind: 'exited', code: 1, size: 0 };
    };
    const kill = (signal: string) => {
      sent.push(signal);
      stopped();
      return Promise.resolve();
    };
    const { end } = runOver([trapped], clock, { signal: runner.signal, kill });
    await clock.advance(1);
    runner.abort(new Error('SIGTERM'));
    await clock.advanceUntil(end);
    expect(await end).toEqual({ kind: 'cancelled' });
    expect(sent).toEqual(['TERM']);
  });

  it('gets TERM over another connection when one is refused and one is silent', async () => {
    const clock = new ManualClock();
    const runner = new AbortController();
    const answered: number[] = [];
    let stopped = (): void => undefined;
    const cut = (sink: ChannelSink): Promise<ChannelEnd> => {
      sink.started();
      return Promise.resolve({ kind: 'cut' });
    };
    const running = async (sink: ChannelSink): Promise<ChannelEnd> => {
      sink.started();
      await new Promise<void>((resolve) => (stopped = resolve));
      return { kind: 'exited', code: 1, size: 0 };
    };
    const kill = (_signal: string, connection: number): Promise<void> => {
      if (connection < 6) return new Promise(() => undefined);
      answered.push(connection);
      stopped();
      return Promise.resolve();
    };
    const { end } = runOver([cut, 'refused', 'refused', running], clock, { signal: runner.signal, kill });
    await clock.advance(0.2);
    runner.abort(new Error('SIGTERM'));
    await clock.advanceUntil(end);
    expect(await end).toEqual({ kind: 'cancelled' });
    expect(answered).toHaveLength(1);
  });

  it('keeps nobody waiting whose agent does not even answer the kill', async () => {
    const clock = new ManualClock();
    const runner = new AbortController();
    const { end } = runOver([forever], clock, { signal: runner.signal, kill: () => new Promise(() => undefined) });
    await clock.advance(1);
    runner.abort(new Error('SIGTERM'));
    await clock.advanceUntil(end, 60);
    expect(await end).toEqual({ kind: 'cancelled' });
  });
});
