import type { CallLimit } from '../eci/call-limits.ts';

export interface Bucket {
  /** Calls that may be made at once; below zero: those that wait for their turn. */
  readonly tokens: number;
  /** The part of the rate that is used, from {@link LEAST_SHARE} to 1: less after an answer that others have used up the limit. */
  readonly share: number;
  /** When this was so, and when the share was lowered last, in milliseconds since the epoch. */
  readonly at: number;
  readonly loweredAt: number;
}

const LEAST_SHARE = 1 / 8;
/** Milliseconds in which a share of nothing would become a whole one. */
const RECOVERY = 60_000;
/** Milliseconds: nobody's turn is later than that. */
const LONGEST_WAIT = 30_000;

export const fullBucket = ({ burst }: CallLimit, now: number): Bucket => ({
  tokens: burst,
  share: 1,
  at: now,
  loweredAt: 0,
});

/**
 * Takes one token, of the future if there is none now.
 * @param random from 0 to 1: spreads those for whom there is no turn within the longest wait.
 * @returns the milliseconds until then; callers get turns one after the other.
 */
export function take(
  before: Bucket,
  limit: CallLimit,
  now: number,
  random: number,
): { readonly bucket: Bucket; readonly wait: number } {
  const bucket = filled(before, limit, now);
  const perMillisecond = (limit.perSecond * bucket.share) / 1000;
  const wait = Math.max(0, 1 - bucket.tokens) / perMillisecond;
  // Beyond it, the queue does not become longer: throttled answers and their pauses sort out the rest. They do not all wake up at one moment.
  if (wait > LONGEST_WAIT) return { bucket, wait: LONGEST_WAIT * (0.5 + random / 2) };
  return { bucket: { ...bucket, tokens: bucket.tokens - 1 }, wait };
}

/**
 * The cloud says that there are no tokens: somebody else takes them too. So there are none now, and half as many from now on, for a while.
 * @param plannedAt when the call that was refused asked for its turn. One from before the share was lowered last says nothing new: it had its turn at the old rate.
 */
export function lower(before: Bucket, limit: CallLimit, now: number, plannedAt: number): Bucket {
  const bucket = filled(before, limit, now);
  if (plannedAt < bucket.loweredAt) return bucket;
  const tokens = Math.min(0, bucket.tokens);
  return { ...bucket, tokens, share: Math.max(LEAST_SHARE, bucket.share / 2), loweredAt: now };
}

/** While a clock was set back, nobody knows how much time has passed: none, as a whole burst would be too much for the cloud. */
function filled(bucket: Bucket, limit: CallLimit, now: number): Bucket {
  const passed = now - bucket.at;
  if (passed < 0) return { ...bucket, at: now, loweredAt: Math.min(bucket.loweredAt, now) };
  const tokens = Math.min(limit.burst, bucket.tokens + (passed / 1000) * limit.perSecond * bucket.share);
  return { ...bucket, tokens, share: Math.min(1, bucket.share + passed / RECOVERY), at: now };
}
