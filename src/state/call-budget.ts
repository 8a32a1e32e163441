import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import type { Clock } from '../context.ts';
import type { CallBudget, CallLimit } from '../eci/call-limits.ts';
import { parseJson } from '../json.ts';
import { fileName } from './files.ts';
import { readOursSync } from './private-files.ts';
import { withShortLock } from './short-lock.ts';
import { type Bucket, fullBucket, lower, take } from './token-bucket.ts';

const BucketSchema = z.object({ tokens: z.number(), share: z.number(), at: z.number(), loweredAt: z.number() });

interface BudgetPorts {
  readonly clock: Clock;
  /** A number from 0 to 1. */
  readonly random: () => number;
}

/**
 * What all processes of one host may call: files in the state folder, one an action. Nothing depends on them: where they cannot be used every call has its turn at once, and the pauses
 * after throttled answers are all that is left.
 * @param region limits are an account's in one region. A host whose jobs use several accounts has the limits of one.
 */
export function callBudget(
  stateDir: string,
  region: string,
  limits: Readonly<Record<string, CallLimit>>,
  { clock, random }: BudgetPorts,
): CallBudget {
  const change = async <T>(
    action: string,
    work: (bucket: Bucket, limit: CallLimit, now: number) => Change<T>,
    signal?: AbortSignal,
  ) => {
    const limit = limits[action];
    if (limit === undefined) return undefined;
    const file = join(stateDir, 'calls', `${fileName(`${region}_${action}`)}.json`);
    return withShortLock(file, { clock, random, signal }, () => {
      const now = clock.now();
      const { bucket, result } = work(read(file) ?? fullBucket(limit, now), limit, now);
      write(file, bucket);
      return result;
    });
  };
  return {
    async turn(action, signal) {
      const wait = await change(
        action,
        (...bucket) => {
          const taken = take(...bucket, random());
          return { bucket: taken.bucket, result: taken.wait };
        },
        signal,
      );
      if (wait !== undefined && wait > 0) await clock.sleep(wait, signal);
    },
    async throttled(action, plannedAt) {
      await change(action, (...bucket) => ({ bucket: lower(...bucket, plannedAt), result: undefined }));
    },
  };
}

interface Change<T> {
  readonly bucket: Bucket;
  readonly result: T;
}

/** @returns undefined for what is not there, what others could have written, and what is not one of ours: what a process that died has written half. */
function read(file: string): Bucket | undefined {
  try {
    const parsed = BucketSchema.safeParse(parseJson(readOursSync(file) ?? ''));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** In place: nobody reads it without the lock. */
function write(file: string, bucket: Bucket): void {
  try {
    writeFileSync(file, JSON.stringify(bucket), { mode: 0o600 });
  } catch {
    // A full disk: the next one finds what was there, or nothing.
  }
}
