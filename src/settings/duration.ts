import * as z from 'zod/mini';

const UNIT_SECONDS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 };

/**
 * Seconds, written as a number (as the Kubernetes executor's `poll_interval`) or as GitLab Runner writes durations: `90s`, `5m`, `1h30m`.
 * @returns undefined when the value is neither.
 */
export function parseDuration(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value : undefined;
  if (typeof value !== 'string' || !/^(\d+(\.\d+)?[hms])+$/.test(value)) return undefined;
  let seconds = 0;
  for (const [, amount, unit] of value.matchAll(/(\d+(?:\.\d+)?)([hms])/g)) {
    seconds += Number(amount) * (UNIT_SECONDS[unit ?? ''] ?? 0);
  }
  return seconds;
}

/** A duration setting; the parsed value is in seconds. */
export const duration = (limits: { min?: number; max?: number } = {}) =>
  z.pipe(
    z.union([z.number(), z.string()]),
    z.transform((value, context) => {
      const { min = 0, max = Number.POSITIVE_INFINITY } = limits;
      const seconds = parseDuration(value);
      if (seconds !== undefined && seconds >= min && seconds <= max) return seconds;
      const range = max === Number.POSITIVE_INFINITY ? `at least ${min} s` : `${min} to ${max} s`;
      context.issues.push({
        code: 'custom',
        input: value,
        message: `allowed is a number of seconds or a duration such as "90s", "5m", "1h30m" (${range})`,
      });
      return z.NEVER;
    }),
  );
