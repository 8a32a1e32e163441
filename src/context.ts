/** The outside as commands see it: narrow interfaces, filled in by `main.ts` (and by tests). */

export type Environment = Readonly<Record<string, string | undefined>>;

/** A stream of bytes towards the runner. */
export interface Output {
  /**
   * Resolves when the bytes were taken over by the other side: back-pressure. Never rejects: a reader that went away (EPIPE) sets
   * {@link closed}, and what follows is dropped.
   */
  write(bytes: Uint8Array | string): Promise<void>;
  readonly closed: boolean;
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after so many milliseconds; rejects with the signal's reason when it is aborted first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** What a command is started with. */
export interface Context {
  readonly env: Environment;
  /** The job log in `prepare` and `run`; the JSON document in `config`. */
  readonly stdout: Output;
  readonly stderr: Output;
  /** What somebody pipes in. Opened by the call. */
  readonly stdin: () => AsyncIterable<Uint8Array>;
  /** The file that Node runs, as it was called: it may be a link. */
  readonly programFile: string;
  /** Aborted by SIGTERM, SIGINT and SIGHUP (the reason is an Error with the signal's name), and when the caller has ended. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly hostName: string;
  /** The process that called us: GitLab Runner. */
  readonly callerPid: number;
  /** GitLab Runner has ended since, so that nothing follows this call: no cleanup, no other stage. */
  readonly callerIsGone: () => boolean;
}
