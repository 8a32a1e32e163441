/** Somebody called `cancel`. */
export class Canceled extends Error {
  override readonly message = 'context canceled';
}

/** The time is over. */
export class DeadlineExceeded extends Error {
  override readonly message = 'context deadline exceeded';
}

interface Limit {
  readonly milliseconds: number;
  /** What the end of this very limit is called; a limit of a parent keeps the parent's. */
  readonly cause?: Error;
}

/**
 * The stop signal that the runner hands down from the job to its stages, with the meaning of a Go context: a child ends with its parent,
 * and keeps what it ended with first. Which of several limits was hit decides how a job ends, so this is copied, not approximated.
 */
export class StopContext {
  /** Settles when the context has ended. Never rejects. */
  readonly stopped: Promise<void>;
  #resolve: () => void = () => undefined;
  #error: Canceled | DeadlineExceeded | undefined;
  #cause: Error | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #deadline: number;
  readonly #children = new Set<StopContext>();
  readonly #parent: StopContext | undefined;

  constructor(parent?: StopContext, limit?: Limit) {
    this.stopped = new Promise((resolve) => (this.#resolve = resolve));
    this.#parent = parent;
    const own = limit ? Date.now() + limit.milliseconds : Infinity;
    const inherited = parent ? parent.#deadline : Infinity;
    this.#deadline = Math.min(own, inherited);
    if (parent?.error) {
      this.#stop(parent.error, parent.cause);
      return;
    }
    parent?.adopt(this);
    // A parent that ends earlier tells its own cause.
    if (limit && own < inherited) {
      const error = new DeadlineExceeded();
      this.#timer = setTimeout(() => this.#stop(error, limit.cause ?? error), limit.milliseconds);
    }
  }

  /** What ended it; undefined while it lives. */
  get error(): Canceled | DeadlineExceeded | undefined {
    return this.#error;
  }

  /** It ended because a time was over. */
  get timedOut(): boolean {
    return this.#error instanceof DeadlineExceeded;
  }

  /** Why: the limit's own error when it has one, else `error`. */
  get cause(): Error | undefined {
    return this.#cause;
  }

  get remainingMilliseconds(): number {
    return this.#deadline - Date.now();
  }

  child(limit?: Limit): StopContext {
    return new StopContext(this, limit);
  }

  /** Also how a context that is no longer needed gives back its timer. */
  cancel(): void {
    const error = new Canceled();
    this.#stop(error, error);
  }

  private adopt(child: StopContext): void {
    this.#children.add(child);
  }

  private release(child: StopContext): void {
    this.#children.delete(child);
  }

  #stop(error: Canceled | DeadlineExceeded, cause: Error | undefined): void {
    if (this.#error) return;
    this.#error = error;
    this.#cause = cause;
    clearTimeout(this.#timer);
    this.#parent?.release(this);
    for (const child of this.#children) child.#stop(error, cause);
    this.#resolve();
  }
}
