import * as z from 'zod/mini';
import type { WireValue } from '../../eci/container-groups.ts';
import { RESERVED_PARAMETERS } from '../reserved-parameters.ts';

/** Tags of the driver's own: no settings and no job may set them. */
export const OWN_TAG_KEY = /^(managed-by$|gitlab-eci-)/;

/** ECI: key 1 to 64, value up to 128 characters, neither in the platform's own name space nor with a URL in it. */
const foreign = /^(?!aliyun|acs:)(?!.*https?:\/\/)/;
export const tagKey = z.string().check(
  z.regex(foreign, 'allowed is a tag key without "http(s)://" that does not start with "aliyun" or "acs:"'),
  z.refine((key) => key.length >= 1 && key.length <= 64, 'allowed is a tag key of 1 to 64 characters'),
  z.refine(
    (key) => !OWN_TAG_KEY.test(key),
    "allowed is any key but managed-by and gitlab-eci-…, which are the driver's own",
  ),
);

export const tagValue = z
  .string()
  .check(
    z.regex(
      /^(?!acs:)(?!.*https?:\/\/)/,
      'allowed is a tag value without "http(s)://" that does not start with "acs:"',
    ),
    z.maxLength(128, 'allowed is a tag value of at most 128 characters'),
  );

export const parameterName = z.string().check(
  z.regex(/^[A-Z][A-Za-z0-9]*$/, 'allowed is the name of a parameter of CreateContainerGroup, such as CorePattern'),
  z.refine((name) => !RESERVED_PARAMETERS.has(name), {
    error: ({ input }) => {
      const setting = RESERVED_PARAMETERS.get(String(input));
      return `the driver sets this parameter itself${setting === undefined ? '' : `: the setting is ${setting}`}`;
    },
  }),
);

export const parameterValue: z.ZodMiniType<WireValue> = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), z.array(parameterValue), z.record(z.string(), parameterValue)]),
);
