import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/commands/index.ts';
import { parseDuration } from '../../src/settings/duration.ts';
import { SettingsSchema } from '../../src/settings/schema.ts';
import { settingsOf } from '../support/settings.ts';
import { read } from './pages.ts';
import { settingsKeys } from './settings-keys.ts';

const readme = await read('README.md');
const chinese = await read('README.zh-CN.md');

const rowsOf = (text: string) =>
  [...text.matchAll(/^\| `([a-z_.]+)` \| (.+?) \| /gm)].map(([, key = '', shown = '']) => ({
    key,
    shown: shown === '必填' ? 'required' : shown,
  }));
const rows = rowsOf(readme);

describe('the README', () => {
  it('lists every setting, and no other', () => {
    expect(rows.map((row) => row.key).sort()).toEqual(settingsKeys(SettingsSchema).sort());
  });

  it.each(rows)('says what $key is when it is not set: $shown', ({ key, shown }) => {
    const value = key
      .split('.')
      .reduce<unknown>((inner, name) => (inner as Record<string, unknown> | undefined)?.[name], settingsOf());
    if (shown === 'required') {
      const required =
        /^(vswitch|acr_instance|services)\b/.test(key) || !SettingsSchema.safeParse(withoutKey(key)).success;
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
});

it('the Chinese README has the same settings with the same defaults, in the same order', () => {
  expect(rowsOf(chinese)).toEqual(rows);
});

function withoutKey(key: string): unknown {
  return Object.fromEntries(Object.entries(settingsOf()).filter(([name]) => name !== key));
}
