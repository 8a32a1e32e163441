import type { CloudClock } from '../clock.ts';

/** A container as its machine stops it. */
interface Stoppable {
  /** Asks it to end: TERM. Resolves when it has ended. */
  readonly stop: () => Promise<void>;
  /** Ends it: KILL. */
  readonly kill: () => void;
}

/**
 * Stops a group's containers as the kubelet does: TERM to all of them, and after the grace KILL to those that are left.
 * @param starting those that run, and those that are just being started: they are stopped as soon as they run.
 */
export async function stopAll(
  starting: Iterable<Promise<Stoppable>>,
  graceSeconds: number,
  clock: Pick<CloudClock, 'sleep'>,
): Promise<void> {
  const settled = await Promise.allSettled(starting);
  const running = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const ended = new AbortController();
  clock.sleep(graceSeconds * 1000, ended.signal).then(
    () => running.forEach((each) => each.kill()),
    () => undefined,
  );
  await Promise.all(running.map((each) => each.stop()));
  ended.abort();
}
