import * as z from 'zod/mini';
import { parseDuration } from '../duration.ts';
import { image, matching } from './rules.ts';

/** Services that every job of this runner gets, with the Kubernetes executor's words. */
const Service = z.strictObject({
  /** May hold variables of the job, as the aliases. */
  name: image,
  /** One or more, with blanks or commas between them. */
  alias: z.optional(z.string()),
  entrypoint: z.optional(z.array(z.string())),
  command: z.optional(z.array(z.string())),
  environment: z.optional(z.array(matching(/^[a-zA-Z_][a-zA-Z0-9_]*=/, 'KEY=value'))),
});

/** In seconds; the docker executor's default. */
const USUAL_WAIT = 30;
const LONGEST_WAIT = 3600;
/** Not at all. */
const OFF = -1;

/** As the docker executor reads it: 0 is the default, -1 is off. */
const wait = z.pipe(
  z.union([z.number(), z.string()]),
  z.transform((value, context) => {
    const seconds = value === OFF ? OFF : parseDuration(value);
    if (seconds !== undefined && seconds <= LONGEST_WAIT) return seconds === 0 ? USUAL_WAIT : seconds;
    context.issues.push({
      code: 'custom',
      input: value,
      message: `allowed is a number of seconds or a duration such as "90s" or "5m" (up to ${LONGEST_WAIT} s), or -1 for no waiting`,
    });
    return z.NEVER;
  }),
);

export const services = {
  services: z._default(z.array(Service), []),
  wait_for_services_timeout: z._default(wait, USUAL_WAIT),
};
