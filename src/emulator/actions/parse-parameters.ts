import * as z from 'zod';
import { ApiError, invalid, missing } from '../wire/api-error.ts';
import type { FlatParameters } from '../wire/parameters.ts';
import { unflatten } from '../wire/parameters.ts';

/** @throws ApiError for the first thing that is wrong: unknown, missing, or of another type. */
export function parseParameters<T>(schema: z.ZodType<T>, flat: FlatParameters): T {
  const result = schema.safeParse(unflatten(flat), { reportInput: true });
  if (result.success) return result.data;
  throw toApiError(result.error.issues);
}

function toApiError(issues: readonly z.core.$ZodIssue[]): ApiError {
  // A misspelt name explains a missing one.
  const issue = issues.find((each) => each.code === 'unrecognized_keys') ?? issues[0];
  if (!issue) throw new Error('no issue');
  const name = wireName(issue.path);
  if (issue.code === 'unrecognized_keys') {
    const unknown = [...(name === '' ? [] : [name]), issue.keys[0]].join('.');
    return new ApiError(400, 'UnsupportedParameter', `The parameter ${unknown} is not supported.`);
  }
  if ((issue.code === 'invalid_type' || issue.code === 'invalid_value') && issue.input === undefined)
    return missing(name);
  const code: unknown = issue.code === 'custom' ? issue.params?.code : undefined;
  return typeof code === 'string'
    ? new ApiError(400, code, `The parameter ${name}: ${issue.message}.`)
    : invalid(name, issue.message);
}

/** Lists are counted from 1 on the wire. */
const wireName = (path: readonly PropertyKey[]): string =>
  path.map((part) => (typeof part === 'number' ? part + 1 : String(part))).join('.');
