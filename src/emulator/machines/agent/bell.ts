/** Wakes one waiter. A ring that comes while nobody waits is kept, so that none is lost between looking and waiting. */
export class Bell {
  private rang = false;
  private wake: (() => void) | undefined;

  readonly ring = (): void => {
    this.rang = true;
    this.wake?.();
  };

  /** Resolves at the next ring, or at once when it has rung since the last call. */
  async rung(): Promise<void> {
    if (!this.rang) await new Promise<void>((resolve) => (this.wake = resolve));
    this.wake = undefined;
    this.rang = false;
  }
}
