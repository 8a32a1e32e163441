import type { MaskedStream, Masks } from './masking.ts';

const RESET = '\x1b[0;m';
const CLEAR = '\x1b[0K';

/** Takes what one of a driver's two pipes brings. */
export interface LogStream {
  write(chunk: Buffer): void;
  /** The pipe is closed; what was held back in case of a secret comes out. */
  end(): void;
}

interface LogOptions {
  readonly masks: Masks;
  readonly limitBytes: number;
  /** Section markers are written only if GitLab asks for them. */
  readonly sections: boolean;
  readonly onLog: ((chunk: Buffer) => void) | undefined;
}

/**
 * A job's log, byte for byte as GitLab stores it when the runner adds no timestamps: secrets masked, broken UTF-8 replaced, cut at the
 * limit (runner: `common/buildlogger`, `helpers/trace/buffer.go`).
 */
export class JobLog {
  readonly #options: LogOptions;
  readonly #own: MaskedStream;
  readonly #chunks: Buffer[] = [];
  // Of an incomplete character Go's decoder replaces every byte, this one the whole; in either case nothing invalid is left.
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  #written = 0;
  #closed = false;

  constructor(options: LogOptions) {
    this.#options = options;
    this.#own = options.masks.stream();
  }

  println(text: string): void {
    this.#line(CLEAR, text);
  }

  infoln(text: string): void {
    this.#line('\x1b[32;1m', text);
  }

  warningln(text: string): void {
    this.#line('\x1b[0;33mWARNING: ', text);
  }

  errorln(text: string): void {
    this.#line('\x1b[31;1mERROR: ', text);
  }

  title(text: string): void {
    this.println(`\x1b[36;1m${text}${RESET}`);
  }

  /** Runs a part of the job between section markers; the second one comes however the part ends. */
  async section<T>(name: string, part: () => Promise<T>): Promise<T> {
    this.#marker('section_start', name);
    try {
      return await part();
    } finally {
      this.#marker('section_end', name);
    }
  }

  stream(): LogStream {
    const masked = this.#options.masks.stream();
    return { write: (chunk) => this.#append(masked.write(chunk)), end: () => this.#append(masked.end()) };
  }

  /** After the job's end the runner sends nothing more, whatever a driver that is still alive may say. */
  close(): Buffer {
    this.#append(this.#own.end());
    this.#store(Buffer.from(this.#decoder.decode()));
    this.#closed = true;
    return Buffer.concat(this.#chunks);
  }

  #line(start: string, text: string): void {
    this.#raw(`${start}${text}${RESET}\n`);
  }

  #marker(kind: string, name: string): void {
    if (this.#options.sections) this.#raw(`${kind}:${Math.trunc(Date.now() / 1000)}:${name}\r${CLEAR}`);
  }

  #raw(text: string): void {
    this.#append(this.#own.write(Buffer.from(text)));
  }

  #append(bytes: Buffer): void {
    if (!this.#closed) this.#store(Buffer.from(this.#decoder.decode(bytes, { stream: true })));
  }

  #store(bytes: Buffer): void {
    const { limitBytes, onLog } = this.#options;
    const room = limitBytes - this.#written;
    if (bytes.byteLength === 0 || room <= 0) return;
    const kept = bytes.byteLength < room ? bytes : Buffer.concat([cut(bytes, room), limitNotice(limitBytes)]);
    this.#written += kept.byteLength;
    this.#chunks.push(kept);
    onLog?.(kept);
  }
}

/** The first bytes, without half a character at their end. */
function cut(bytes: Buffer, length: number): Buffer {
  let end = length;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}

const limitNotice = (limit: number): Buffer =>
  Buffer.from(
    `\n\x1b[33;1mJob's log exceeded limit of ${limit} bytes.\n` +
      `Job execution will continue but no more output will be collected.${RESET}\n`,
  );
