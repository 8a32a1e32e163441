import type { Clock } from '../context.ts';
import { timeLimit } from '../time-limit.ts';
import { EciError } from './container-groups.ts';

interface Patience {
  readonly milliseconds: number;
  readonly clock: Clock;
  /** The caller's end, which is not the cloud's silence. */
  readonly signal: AbortSignal;
}

/**
 * Asks for what the caller can do without.
 * @returns undefined when ECI refuses, fails, or does not tell in time.
 * @throws the signal's reason once it is aborted.
 */
export async function ifTold<T>(
  { milliseconds, clock, signal }: Patience,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const patience = timeLimit(milliseconds, clock, signal);
  try {
    return await ask(patience.signal);
  } catch (error) {
    signal.throwIfAborted();
    if (patience.signal.aborted || error instanceof EciError) return undefined;
    throw error;
  } finally {
    patience.over();
  }
}
