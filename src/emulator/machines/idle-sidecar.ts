/** Statuses of a container that TERM or KILL ended: 128 and the signal's number. */
const TERMINATED = 143;
const KILLED = 137;

/** What stands for a sidecar on machines that cannot run its program: something that has started, does nothing, and ends when it is told to. */
export class IdleSidecar {
  /** Resolves with the container's exit code. */
  readonly ended: Promise<number>;
  private markEnded: (code: number) => void = () => undefined;

  constructor() {
    this.ended = new Promise((resolve) => (this.markEnded = resolve));
  }

  stop(): Promise<void> {
    return this.kill(TERMINATED);
  }

  kill(code = KILLED): Promise<void> {
    this.markEnded(code);
    return Promise.resolve();
  }

  killScripts(): number {
    return 0;
  }
}
