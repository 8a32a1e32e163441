/** The driver's side of the agent protocol (docs/agent-protocol.md) as an interface: one authenticated connection to one container. */

/** Where a container's agent listens, and how each side knows the other. */
export interface AgentAddress {
  readonly host: string;
  readonly port: number;
  /** The container's host key, `ssh-ed25519 AAAA…`: pinned before first contact. */
  readonly hostKey: string;
  /** OpenSSH private key. */
  readonly clientKey: string;
  /** Milliseconds between two keepalives; a connection on which three of them have had no answer is lost. 10 s if not given. */
  readonly keepalive?: number;
}

interface RunRequest {
  readonly id: string;
  readonly offset: number;
  readonly shells: readonly string[];
  readonly umask?: string;
  readonly pathPrefix?: string;
  /** Seconds from TERM to KILL. */
  readonly killAfter: number;
}

/** What a `run` or `follow` channel came to. */
export type ChannelEnd =
  | { readonly kind: 'exited'; readonly code: number; readonly size: number }
  | { readonly kind: 'signalled'; readonly signal: string; readonly oom: boolean; readonly size: number }
  | { readonly kind: 'interrupted'; readonly size: number }
  /** The agent refused; `error` is the protocol's word. */
  | { readonly kind: 'refused'; readonly error: string; readonly message: string }
  /** The channel closed without a word: nothing is known about the script. */
  | { readonly kind: 'cut' };

/** Where the bytes of a channel go. */
export interface ChannelSink {
  /** Awaited before more is read: back-pressure through the connection. */
  bytes(chunk: Uint8Array): Promise<void>;
  /** The run exists: from now on it can be followed. */
  started(): void;
}

export interface Hello {
  readonly agent: string;
  readonly container: string;
}

export interface ExecResult {
  /** undefined when the program was ended by a signal or the connection was lost. */
  readonly status: number | undefined;
  readonly output: string;
}

/** Methods reject only when the connection cannot carry a request; see {@link ConnectionFailed}. */
export interface AgentSession {
  hello(): Promise<Hello>;
  run(request: RunRequest, script: Uint8Array, sink: ChannelSink): Promise<ChannelEnd>;
  follow(id: string, offset: number, sink: ChannelSink): Promise<ChannelEnd>;
  kill(id: string, signal: 'TERM' | 'KILL'): Promise<void>;
  exec(argv: readonly string[], options: { timeout: number; pathPrefix?: string }): Promise<ExecResult>;
  close(): void;
}

/** Opens a session. @throws ConnectionFailed when nothing usable answers, ForeignHostKey when something else does. */
export type OpenSession = (address: AgentAddress, signal: AbortSignal) => Promise<AgentSession>;

/** No connection, or one that broke. `reason` is for people: `connection refused`, `no answer within 10 s`. */
export class ConnectionFailed extends Error {
  override readonly name = 'ConnectionFailed';
}

/** What answers has another host key than the one that was made for the container: the address has a new owner, or somebody listens in. */
export class ForeignHostKey extends ConnectionFailed {
  constructor() {
    super("something else than this job's container answers: its host key is another");
  }
}
