import type { Clock } from './context.ts';

/** A wait's end: a signal that is aborted when the time is over, or earlier by its parent. */
interface TimeLimit {
  readonly signal: AbortSignal;
  /** The wait has ended: nothing is counted any more. */
  readonly over: () => void;
}

/** `AbortSignal.timeout` on a clock that comes from outside. */
export function timeLimit(milliseconds: number, clock: Clock, parent?: AbortSignal): TimeLimit {
  const reached = new AbortController();
  const done = new AbortController();
  clock.sleep(milliseconds, done.signal).then(
    () => reached.abort(new Error(`not done within ${milliseconds / 1000} s`)),
    () => undefined,
  );
  return {
    signal: parent ? AbortSignal.any([parent, reached.signal]) : reached.signal,
    over: () => done.abort(),
  };
}

/** A signal that follows another one after so many milliseconds, with the same reason. */
export function delayed(signal: AbortSignal, milliseconds: number, clock: Clock): TimeLimit {
  const reached = new AbortController();
  const done = new AbortController();
  const count = (): void =>
    void clock.sleep(milliseconds, done.signal).then(
      () => reached.abort(signal.reason),
      () => undefined,
    );
  if (signal.aborted) count();
  else signal.addEventListener('abort', count, { once: true, signal: done.signal });
  return { signal: reached.signal, over: () => done.abort() };
}
