import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { COMMANDS } from '../../src/commands/index.ts';
import { parseDuration } from '../../src/settings/duration.ts';
import { SettingsSchema } from '../../src/settings/schema.ts';
import { settingsOf } from '../support/settings.ts';
import { read } from './pages.ts';
import { settingsKeys } from './settings-keys.ts';

const readme = await read('README.md');
const chinese = await read('README.zh-CN.md');
const group = await read('docs/group-settings.md');
const chineseGroup = await read('docs/group-settings.zh-CN.md');

const rowsOf = (text: string) =>
  [...text.matchAll(/^\| `([a-z0-9_.]+)` \| (.+?) \| /gm)].map(([, key = '', shown = '']) => ({
    key,
    shown: shown === '必填' ? 'required' : shown,
  }));
const rows = rowsOf(`${readme}\n${group}`);

/** The rule for one setting. Tables of lists, and those that may be missing, have no value of their own in the settings. */
function ruleOf(key: string): unknown {
  return key.split('.').reduce<unknown>((rule, name) => {
    const inner = withKeys(rule);
    return inner instanceof z.ZodMiniObject ? inner.shape[name] : undefined;
  }, SettingsSchema);
}

function withKeys(rule: unknown): unknown {
  if (rule instanceof z.ZodMiniDefault || rule instanceof z.ZodMiniPrefault || rule instanceof z.ZodMiniOptional) {
    return withKeys(rule.def.innerType);
  }
  return rule instanceof z.ZodMiniArray ? withKeys(rule.def.element) : rule;
}

/** What a key has when it is not set: a value, or nothing. */
function valueOf(key: string): unknown {
  const rule = ruleOf(key);
  if (/^(?:volumes\.\w+|dns_config|dns_config\.options|host_aliases|init_containers)\./.test(key)) {
    return rule instanceof z.ZodMiniDefault ? rule.def.defaultValue : undefined;
  }
  return key
    .split('.')
    .reduce<unknown>((inner, name) => (inner as Record<string, unknown> | undefined)?.[name], settingsOf());
}

const isRequired = (key: string): boolean => {
  const rule = ruleOf(key);
  if (!(rule instanceof z.ZodMiniDefault || rule instanceof z.ZodMiniPrefault || rule instanceof z.ZodMiniOptional))
    return true;
  // Some are required by a rule that looks at other settings, too.
  const others = Object.entries(settingsOf()).filter(([name]) => name !== key);
  return !SettingsSchema.safeParse(Object.fromEntries(others)).success;
};

describe('the README and the page of the group', () => {
  it('lists every setting, and no other', () => {
    expect(rows.map((row) => row.key).sort()).toEqual(settingsKeys(SettingsSchema).sort());
  });

  it.each(rows)('says what $key is when it is not set: $shown', ({ key, shown }) => {
    const value = valueOf(key);
    expect(isRequired(key)).toBe(shown === 'required');
    if (shown === '–') expect(value).toBeUndefined();
    else if (shown !== 'required') {
      const written = parse(`x = ${shown.slice(1, -1)}`).x;
      expect(typeof value === 'number' ? parseDuration(written) : written).toEqual(value);
    }
  });

  it('names every command', () => {
    for (const { name } of COMMANDS) expect(readme).toMatch(new RegExp(`\\b${name}\\b`));
  });
});

it('the Chinese pages have the same settings with the same defaults, in the same order', () => {
  expect(rowsOf(`${chinese}\n${chineseGroup}`)).toEqual(rows);
});
