/** Node fires a timer of more than 2^31 - 1 ms at once; 24 days are long enough for a container. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** The protocol's seconds as a timer takes them. */
export const timerFor = (seconds: number): number => Math.min(seconds * 1000, LONGEST_TIMER);
