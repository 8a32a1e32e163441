import { readFile } from 'node:fs/promises';
import * as z from 'zod/mini';
import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/commands/index.ts';
import { parseDuration } from '../../src/settings/duration.ts';
import { SettingsSchema } from '../../src/settings/schema.ts';
import { settingsOf } from '../support/settings.ts';

const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');

/** `spot.duration` and so on, from the schema; tables of free keys count as one setting. */
function schemaKeys(schema: unknown, prefix = ''): string[] {
  if (
    schema instanceof z.ZodMiniDefault ||
    schema instanceof z.ZodMiniPrefault ||
    schema instanceof z.ZodMiniOptional
  ) {
    return schemaKeys(schema.def.innerType, prefix);
  }
  if (schema instanceof z.ZodMiniArray && schema.def.element instanceof z.ZodMiniObject) {
    return [prefix, ...schemaKeys(schema.def.element, prefix)];
  }
  if (!(schema instanceof z.ZodMiniObject)) return [prefix];
  return Object.entries(schema.shape).flatMap(([key, inner]) =>
    schemaKeys(inner, prefix === '' ? key : `${prefix}.${key}`),
  );
}

const rows = [...readme.matchAll(/^\| `([a-z_.]+)` \| (.+?) \| /gm)].map(([, key = '', shown = '']) => ({
  key,
  shown,
}));

describe('the README', () => {
  it('lists every setting, and no other', () => {
    expect(rows.map((row) => row.key).sort()).toEqual(schemaKeys(SettingsSchema).sort());
  });

  it.each(rows)('says what $key is when it is not set: $shown', ({ key, shown }) => {
    const value = key
      .split('.')
      .reduce<unknown>((inner, name) => (inner as Record<string, unknown> | undefined)?.[name], settingsOf());
    if (shown === 'required') {
      const required = key.startsWith('vswitch') || !SettingsSchema.safeParse(withoutKey(key)).success;
      expect(required).toBe(true);
    } else if (shown === '–') expect(value).toBeUndefined();
    else {
      const written = parse(`x = ${shown.slice(1, -1)}`).x;
      expect(typeof value === 'number' ? parseDuration(written) : written).toEqual(value);
    }
  });

  it('names every command', () => {
    for (const { name } of COMMANDS) expect(readme).toMatch(new RegExp(`\\b${name}\\b`));
  });

  it('links to files that exist', async () => {
    const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)]
      .map(([, path = '']) => path)
      .filter((path) => !path.startsWith('http'));
    expect(links.length).toBeGreaterThan(3);
    for (const path of links) await expect(readFile(new URL(`../../${path}`, import.meta.url))).resolves.toBeDefined();
  });
});

function withoutKey(key: string): unknown {
  return Object.fromEntries(Object.entries(settingsOf()).filter(([name]) => name !== key));
}
