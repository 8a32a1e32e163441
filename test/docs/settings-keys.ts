import * as z from 'zod/mini';

/** Names of settings, `spot.duration` and so on, from a schema; tables of free keys count as one setting. */
export function settingsKeys(schema: unknown, prefix = ''): string[] {
  if (
    schema instanceof z.ZodMiniDefault ||
    schema instanceof z.ZodMiniPrefault ||
    schema instanceof z.ZodMiniOptional
  ) {
    return settingsKeys(schema.def.innerType, prefix);
  }
  if (schema instanceof z.ZodMiniArray && schema.def.element instanceof z.ZodMiniObject) {
    return [prefix, ...settingsKeys(schema.def.element, prefix)];
  }
  if (!(schema instanceof z.ZodMiniObject)) return [prefix];
  return Object.entries(schema.shape).flatMap(([key, inner]) =>
    settingsKeys(inner, prefix === '' ? key : `${prefix}.${key}`),
  );
}
