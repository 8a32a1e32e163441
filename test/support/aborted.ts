/** Work that never ends by itself: rejects when the signal is aborted, as everything that takes a signal does. */
export const untilAborted = (signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_resolve, reject) => {
    const leave = (): void => reject(signal?.reason as Error);
    if (signal?.aborted) leave();
    signal?.addEventListener('abort', leave, { once: true });
  });
