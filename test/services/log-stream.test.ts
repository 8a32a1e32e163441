import { describe, expect, it } from 'vitest';
import { wholeLines } from '../../src/report/whole-lines.ts';
import { type LogPositions, streamServiceLogs } from '../../src/services/log-stream.ts';
import { untilAborted } from '../support/aborted.ts';
import { ManualClock } from '../support/manual-clock.ts';

interface Streaming {
  readonly clock: ManualClock;
  readonly output: ReturnType<typeof wholeLines>;
  readonly text: () => string;
  readonly finish: () => Promise<void>;
  readonly asked: () => number;
  readonly stop: () => void;
}

/** The logs of these services, as they are at each question, among the lines of a script. */
function stream(
  logs: Record<string, (signal: AbortSignal) => Promise<string>>,
  store: { positions: LogPositions } = { positions: {} },
): Streaming {
  const clock = new ManualClock();
  const written: string[] = [];
  const output = wholeLines({
    write: (bytes) => Promise.resolve(void written.push(Buffer.from(bytes).toString('utf8'))),
    closed: false,
  });
  const cancelled = new AbortController();
  let asked = 0;
  const finish = streamServiceLogs(
    Object.keys(logs).map((name) => ({ container: name, label: `${name}-label` })),
    {
      ask: (name, signal) => {
        asked++;
        return logs[name]?.(signal) ?? Promise.reject(new Error('no such log'));
      },
      output,
      clock,
      signal: cancelled.signal,
      load: () => Promise.resolve(store.positions),
      save: (positions) => Promise.resolve(void (store.positions = positions)),
    },
  );
  return { clock, output, text: () => written.join(''), finish, asked: () => asked, stop: () => cancelled.abort() };
}

const line = (name: string, text: string): string => `\x1b[0;37m[service:${name}-label] ${text}\x1b[0;m\n`;

describe('the logs of services under a running script', () => {
  it('stand line by line in grey, with the name of the service, each once', async () => {
    let log = 'ready\n';
    const { clock, text, finish } = stream({ db: () => Promise.resolve(log) });
    await clock.advance(5);
    expect(text()).toBe(line('db', 'ready'));
    log += 'query\n';
    await clock.advance(10);
    await finish();
    expect(text()).toBe(line('db', 'ready') + line('db', 'query'));
  });

  it('never stand in the middle of a line of the script', async () => {
    const { clock, output, text, finish } = stream({ db: () => Promise.resolve('ready\n') });
    await output.write('progress');
    await clock.advance(5);
    expect(text()).toBe('progress');
    await output.write(' done\n');
    expect(text()).toBe(`progress done\n${line('db', 'ready')}`);
    await finish();
  });

  it('keep no stage whose script ends within a line, while the log of another service is on its way', async () => {
    const { clock, output, text, finish } = stream({ db: () => Promise.resolve('ready\n'), slow: untilAborted });
    await output.write('no end');
    await clock.advance(5);
    const finished = finish();
    await clock.advanceUntil(finished);
    expect(text()).toContain(`no end\n${line('db', 'ready')}`);
  });

  it('hold back a line that has not ended, until the script has', async () => {
    const { clock, text, finish } = stream({ db: () => Promise.resolve('ready\nhalf') });
    await clock.advance(5);
    expect(text()).toBe(line('db', 'ready'));
    await finish();
    expect(text()).toBe(line('db', 'ready') + line('db', 'half'));
  });

  it('are asked for once more at the end, so that a short script shows them too', async () => {
    const { text, finish } = stream({ db: () => Promise.resolve('a\n'), web: () => Promise.resolve('b\n') });
    await finish();
    expect(text()).toBe(line('db', 'a') + line('web', 'b'));
  });

  it('go on in the next stage where the last one stopped', async () => {
    const store = { positions: {} };
    await stream({ db: () => Promise.resolve('a\n') }, store).finish();
    const next = stream({ db: () => Promise.resolve('a\nb\n') }, store);
    await next.finish();
    expect(next.text()).toBe(line('db', 'b'));
  });

  it('are left out as long as ECI does not give them', async () => {
    let isBroken = true;
    const { clock, text, finish } = stream({
      db: () => (isBroken ? Promise.reject(new Error('throttled')) : Promise.resolve('a\n')),
    });
    await clock.advance(5);
    expect(text()).toBe('');
    isBroken = false;
    await finish();
    expect(text()).toBe(line('db', 'a'));
  });

  it('cost few calls', async () => {
    const { clock, finish, asked } = stream({ db: () => Promise.resolve('') });
    await clock.advance(120);
    await finish();
    expect(asked()).toBeLessThanOrEqual(14);
    expect(asked()).toBeGreaterThanOrEqual(10);
  });

  it('keep no stage that has ended when ECI does not answer', async () => {
    const { clock, finish, text } = stream({ db: untilAborted });
    const finished = finish();
    await clock.advanceUntil(finished, 10);
    await finished;
    expect(text()).toBe('');
  });

  it('are not asked for when the job is cancelled', async () => {
    const { finish, asked, stop } = stream({ db: () => Promise.resolve('a\n') });
    stop();
    await finish();
    expect(asked()).toBe(0);
  });
});
