import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerChannel } from 'ssh2';

/** Milliseconds between two looks at a window that is too small for a message. */
const WINDOW_PAUSE = 5;
/** Bytes of stderr that are sent in one go; every client opens its window that far. */
const MESSAGE_PIECE = 4096;

/** ssh2 keeps the window that the client has opened for us there. */
type WindowedChannel = ServerChannel & { readonly outgoing: { readonly window: number } };

/** The agent's end of one exec channel. Everything that is sent to a client that has gone is dropped. */
export class AnswerChannel {
  isGone = false;
  /** Resolves when the client has closed the channel, or its connection is lost. */
  readonly gone: Promise<void>;
  private readonly channel: WindowedChannel;

  constructor(channel: ServerChannel) {
    this.channel = channel as WindowedChannel;
    this.gone = new Promise((resolve) => {
      channel.once('close', () => {
        this.isGone = true;
        resolve();
      });
    });
    // A client that goes away ends its channel with errors that say nothing new.
    channel.on('error', () => undefined);
    channel.stderr.on('error', () => undefined);
  }

  onGone(listener: () => void): void {
    this.channel.once('close', listener);
  }

  /**
   * Takes the client's bytes, at most so many; the others are read and ignored. Without this call nothing tells that a client has gone: ssh2 reports
   * the close after the end of the input.
   */
  input(length: number): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let received = 0;
    return new Promise((resolve) => {
      const finish = (): void => {
        resolve(Buffer.concat(chunks).subarray(0, length));
        chunks.length = 0;
      };
      this.channel.on('data', (chunk: Buffer) => {
        if (received >= length) return;
        chunks.push(chunk);
        received += chunk.length;
        if (received >= length) finish();
      });
      this.channel.once('end', finish);
      this.channel.once('close', finish);
      if (length === 0) finish();
    });
  }

  /** Resolves when the client's pace allows more. */
  async send(bytes: Buffer | string): Promise<void> {
    if (this.isGone || this.channel.write(bytes)) return;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        this.channel.off('drain', go);
        this.channel.off('close', go);
        resolve();
      };
      this.channel.once('drain', go);
      this.channel.once('close', go);
    });
  }

  /**
   * To stderr. It is written only when it fits into the client's window: ssh2 loses a waiting message when the channel is closed, and where stdout had
   * to wait before, it sends the bytes that waited then once more.
   */
  async message(bytes: Buffer | string): Promise<void> {
    const whole = Buffer.from(bytes);
    for (let done = 0; done < whole.length; done += MESSAGE_PIECE) {
      const piece = whole.subarray(done, done + MESSAGE_PIECE);
      while (!this.isGone && this.channel.outgoing.window < piece.length) await sleep(WINDOW_PAUSE);
      if (this.isGone) return;
      this.channel.stderr.write(piece);
    }
  }

  event(event: object): Promise<void> {
    return this.message(`${JSON.stringify(event)}\n`);
  }

  /** The exit status, or a signal's name without SIG, and the channel's end. */
  end(status: number | string): void {
    if (this.isGone) return;
    if (typeof status === 'number') this.channel.exit(status);
    else this.channel.exit(status, false, '');
    this.channel.end();
  }
}
