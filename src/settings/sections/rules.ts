import * as z from 'zod/mini';
import { isTooFewBytes, parseQuantity } from '../quantity.ts';

/** Rules that several sections share. Each says what is allowed, because that is what the person who got it wrong wants to read. */
export const matching = (pattern: RegExp, allowed: string) =>
  z.string().check(z.regex(pattern, `allowed is ${allowed}`));

export const integer = (min: number, max: number) =>
  z.int().check(z.refine((value) => value >= min && value <= max, `allowed is a whole number from ${min} to ${max}`));

export const absolutePath = matching(/^\/(?!.*\.\.)[^'\n]*$/, 'an absolute path without ".." and quotes');
export const image = matching(/^[^\s]{1,255}$/, 'an image reference of 1 to 255 characters without blanks');

export const numericId = matching(/^\d{1,10}$/, 'the number of a user or a group, such as "1000"');

/** Price in the account's currency and hour; ECI takes at most three decimals. */
export const price = z
  .number()
  .check(
    z.refine(
      (value) => value > 0 && Math.abs(value * 1000 - Math.round(value * 1000)) < 1e-6,
      'allowed is a price per hour above 0 with at most 3 decimals',
    ),
  );

export const quantity = z
  .string()
  .check(
    z.refine(
      (value) => parseQuantity(value) !== undefined,
      'allowed is a Kubernetes quantity such as "500m", "4" or "8Gi"',
    ),
  );

export const bytes = quantity.check(
  z.refine(
    (value) => !isTooFewBytes(parseQuantity(value) ?? 0),
    'allowed are bytes, 6Mi at least, such as "512Mi" or "8Gi"',
  ),
);

function isRegExp(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}

export const regularExpression = z
  .string()
  .check(z.minLength(1, 'allowed is a regular expression'), z.refine(isRegExp, 'allowed is a regular expression'));
