/** Token prefixes that the runner masks by itself (runner: `common/buildlogger/internal/tokensanitizer`). */
const TOKEN_PREFIXES = [
  'glpat-',
  'gloas-',
  'gldt-',
  'glrt-',
  'glcbt-',
  'glrtr-',
  'glptt-',
  'glft-',
  'glimt-',
  'glagent-',
  'glsoat-',
  'glffct-',
  '_gitlab_session=',
  'gltok-',
];

const TOKEN_CHARACTERS = '[-.0-9A-Z_a-z=]';

const quoted = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** What is hidden from a job's log. */
export class Masks {
  /** Phrases and prefixes as one-byte strings, so that a secret may be cut anywhere, also within a character. */
  readonly #phrases: readonly string[];
  readonly #prefixes: readonly string[];
  readonly #pattern: RegExp;
  readonly #unfinishedToken: RegExp;

  constructor(phrases: readonly string[], tokenPrefixes: readonly string[]) {
    const bytes = (text: string): string => Buffer.from(text).toString('latin1');
    // The longest first: a secret that begins like another one is hidden whole.
    this.#phrases = [...new Set(phrases.filter((each) => each !== '').map(bytes))].sort((a, b) => b.length - a.length);
    this.#prefixes = [...new Set([...TOKEN_PREFIXES, ...tokenPrefixes.map(bytes)])];
    const prefix = `(${this.#prefixes.map(quoted).join('|')})${TOKEN_CHARACTERS}`;
    this.#pattern = new RegExp([...this.#phrases.map(quoted), `${prefix}+`].join('|'), 'g');
    this.#unfinishedToken = new RegExp(`${prefix}*$`);
  }

  /** One per stream: what is cut in two over two streams is not recognised, in the runner neither. */
  stream(): MaskedStream {
    return new MaskedStream(this);
  }

  mask(text: string): string {
    return text.replace(this.#pattern, (_match, prefix?: string) => `${prefix ?? ''}[MASKED]`);
  }

  /** @returns where the end of the text begins that could be the beginning of a secret. */
  undecidedFrom(text: string): number {
    const token = this.#unfinishedToken.exec(text);
    let from = token?.index ?? text.length;
    for (const secret of [...this.#phrases, ...this.#prefixes]) {
      for (let length = Math.min(secret.length - 1, text.length); length > text.length - from; length--) {
        if (text.endsWith(secret.slice(0, length))) from = text.length - length;
      }
    }
    return from;
  }
}

/** Masks a stream chunk by chunk and holds back no more than what may become a secret. */
export class MaskedStream {
  #held = '';
  readonly #masks: Masks;

  constructor(masks: Masks) {
    this.#masks = masks;
  }

  write(chunk: Buffer): Buffer {
    const text = this.#held + chunk.toString('latin1');
    const from = this.#masks.undecidedFrom(text);
    this.#held = text.slice(from);
    return Buffer.from(this.#masks.mask(text.slice(0, from)), 'latin1');
  }

  end(): Buffer {
    const rest = this.#masks.mask(this.#held);
    this.#held = '';
    return Buffer.from(rest, 'latin1');
  }
}
