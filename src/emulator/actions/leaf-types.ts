import * as z from 'zod';

/** Types of the API's leaves: everything comes as text. */
export const text = (min = 0, max = 1024) =>
  z.string().min(min, 'it is too short').max(max, `at most ${max} characters are allowed`);
export const int = (min = 0, max = Number.MAX_SAFE_INTEGER) =>
  z
    .string()
    .regex(/^-?\d+$/, 'it is not an integer')
    .transform(Number)
    .refine((value) => value >= min && value <= max, `allowed is ${min} to ${max}`);
export const decimal = z
  .string()
  .regex(/^\d+(\.\d+)?$/, 'it is not a number')
  .transform(Number);
/** Alibaba Cloud's Python SDK writes `True` and `False`, all others `true` and `false`. */
export const flag = z
  .string()
  .regex(/^(true|false)$/i, 'it is not a boolean')
  .transform((value) => value.toLowerCase() === 'true');
/** Of a file in a volume. */
export const relativePath = (min: number) =>
  text(min).regex(/^(?!\/)(?!(.*\/)?\.\.(\/|$))/, 'it must be a relative path');
export const list = <T extends z.ZodType>(item: T, max: number) => z.array(item).max(max, `at most ${max} are allowed`);

export const regionId = text(1, 64);

/** Of every action; nobody sets them any more. */
export const legacyOwner = {
  OwnerId: int().optional(),
  OwnerAccount: text().optional(),
  ResourceOwnerId: int().optional(),
  ResourceOwnerAccount: text().optional(),
};

/** Tag rules ("Tag" in CreateContainerGroup): no names of the platform's own, no URLs. */
const tag = z.strictObject({
  Key: text(1, 64).regex(
    /^(?!aliyun|acs:)(?!.*https?:\/\/)/,
    'it may not start with aliyun or acs:, or hold http(s)://',
  ),
  Value: text(0, 128)
    .regex(/^(?!acs:)(?!.*https?:\/\/)/, 'it may not start with acs:, or hold http(s)://')
    .default(''),
});
export const tags = list(tag, 20).refine(
  (all) => new Set(all.map((each) => each.Key)).size === all.length,
  'keys must be unique',
);
