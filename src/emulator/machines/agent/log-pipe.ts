import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The most that a pipe holds, whoever has enlarged it. A writer that never stops could fill it again for ever. */
const LARGEST_PIPE = 1024 * 1024;

/**
 * A real pipe whose write end becomes a script's stdout and stderr. Node's own `pipe` is a socket pair, one for each stream: their order would be
 * lost, and a script could not open `/dev/stdout` anew (ENXIO). A FIFO that is unlinked at once is a pipe.
 */
export class LogPipe {
  /** For the child; closed with {@link closeWriteEnd} as soon as the child has it. */
  readonly writeEnd: number;
  private readonly readEnd: number;
  private readonly socket: Socket;
  private take: (chunk: Buffer) => Promise<void> = () => Promise.resolve();
  private pending: Promise<void> = Promise.resolve();
  private holding = false;

  private constructor(readEnd: number, writeEnd: number) {
    this.readEnd = readEnd;
    this.writeEnd = writeEnd;
    // From here on the descriptor is the socket's to close.
    this.socket = new Socket({ fd: readEnd, readable: true, writable: false });
  }

  static async open(folder: string): Promise<LogPipe> {
    const path = join(folder, `${randomBytes(6).toString('hex')}.pipe`);
    await promisify(execFile)('mkfifo', ['-m', '600', path]);
    try {
      // In this order neither open waits for the other end.
      const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
      return new LogPipe(reader, openSync(path, constants.O_WRONLY));
    } finally {
      await unlink(path);
    }
  }

  /** False once the last holder of the write end has gone. */
  get isOpen(): boolean {
    return !this.socket.destroyed;
  }

  /**
   * Passes on what comes. Resolves when every holder has closed the write end and all of it was taken.
   * @param take awaited before more is read, so that a slow disk slows the script and does not fill our memory.
   */
  pass(take: (chunk: Buffer) => Promise<void>): Promise<void> {
    this.take = take;
    this.socket.on('data', (chunk) => {
      this.socket.pause();
      this.pending = this.take(chunk).then(() => {
        if (!this.holding) this.socket.resume();
      });
    });
    return new Promise((resolve) => {
      this.socket.once('end', () => void this.pending.then(resolve));
      this.socket.once('error', () => resolve());
    });
  }

  closeWriteEnd(): void {
    closeSync(this.writeEnd);
  }

  /**
   * For a script that has ended while something else still holds the pipe: passes on what the pipe holds at this moment. What comes later is read
   * and thrown away, because a service that a script has left running must neither be blocked nor hit by SIGPIPE.
   */
  async drain(): Promise<void> {
    this.holding = true;
    this.socket.pause();
    await this.pending;
    // All in one go: whenever we let go of the event loop, the socket may read on by itself and take bytes out of the middle.
    const last = [(this.socket.read() as Buffer | null) ?? Buffer.alloc(0)];
    const chunk = Buffer.alloc(64 * 1024);
    for (let taken = 0; taken < LARGEST_PIPE;) {
      const length = readNow(this.readEnd, chunk);
      if (length === 0) break;
      taken += length;
      last.push(Buffer.from(chunk.subarray(0, length)));
    }
    const rest = Buffer.concat(last);
    if (rest.length > 0) await this.take(rest);
    this.take = () => Promise.resolve();
    this.holding = false;
    this.socket.resume();
  }

  close(): void {
    this.socket.destroy();
  }
}

/** 0 when nothing is there. */
function readNow(fd: number, into: Buffer): number {
  try {
    return readSync(fd, into);
  } catch {
    return 0;
  }
}
