import type { ClientChannel } from 'ssh2';
import { eventually } from './eventually.ts';

export type Event = Readonly<Record<string, unknown>> & { readonly event: string };

/** What came back on one channel. */
export interface Answer {
  readonly stdout: Buffer;
  readonly stderr: string;
  /** stderr as messages of the agent. */
  readonly events: readonly Event[];
  /** The last one. */
  readonly last: Event | undefined;
  readonly status: number | undefined;
  /** With SIG, as ssh2 reports it. */
  readonly signal: string | undefined;
}

export interface CallOptions {
  /** Gets the output instead of {@link Answer.stdout}. */
  readonly sink?: (chunk: Buffer) => void;
  /** Nothing is read before `channel.resume()`. */
  readonly paused?: boolean;
}

/** One request on its channel. */
export class Call {
  readonly channel: ClientChannel;
  /** Resolves when the channel is closed. */
  readonly answer: Promise<Answer>;
  /** Bytes of output so far. */
  received = 0;
  private readonly stdout: Buffer[] = [];
  private stderr = '';
  private status: number | undefined;
  private signal: string | undefined;

  constructor(channel: ClientChannel, { sink, paused = false }: CallOptions = {}) {
    this.channel = channel;
    channel.on('data', (chunk: Buffer) => {
      this.received += chunk.length;
      if (sink) sink(chunk);
      else this.stdout.push(chunk);
    });
    if (paused) channel.pause();
    channel.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    channel.on('exit', (code: number | null, signal?: string) => {
      this.status = code ?? undefined;
      this.signal = signal;
    });
    channel.on('error', () => undefined);
    this.answer = new Promise((resolve) => channel.once('close', () => resolve(this.soFar())));
  }

  soFar(): Answer {
    const { stderr, status, signal } = this;
    const stdout = Buffer.concat(this.stdout);
    return {
      stdout,
      stderr,
      status,
      signal,
      get events() {
        return parseEvents(stderr);
      },
      get last() {
        return parseEvents(stderr).at(-1);
      },
    };
  }

  /** Waits for so many bytes of output. */
  async bytes(count: number): Promise<void> {
    await eventually(`${count} bytes of output`, () => this.received >= count);
  }

  /** Waits for the first message. */
  async started(): Promise<Event> {
    await eventually('the first message', () => this.stderr.includes('\n'));
    return this.soFar().events[0] ?? { event: 'none' };
  }
}

/** @throws when a whole line is anything else than a message. */
function parseEvents(text: string): Event[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Event);
}
