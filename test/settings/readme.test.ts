import { readFile } from 'node:fs/promises';
import * as z from 'zod/mini';
import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/commands/index.ts';
import { parseDuration } from '../../src/settings/duration.ts';
import { SettingsSchema } from '../../src/settings/schema.ts';
import { settingsOf } from '../support/settings.ts';

const read = (file: string): Promise<string> => readFile(new URL(`../../${file}`, import.meta.url), 'utf8');
const readme = await read('README.md');
const chinese = await read('README.zh-CN.md');
const PAGES = [
  'docs/agent-protocol.md',
  'docs/answers.md',
  'docs/bad-luck.md',
  'docs/emulator.md',
  'docs/job-variables.md',
];

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

const rowsOf = (text: string) =>
  [...text.matchAll(/^\| `([a-z_.]+)` \| (.+?) \| /gm)].map(([, key = '', shown = '']) => ({
    key,
    shown: shown === '必填' ? 'required' : shown,
  }));
const rows = rowsOf(readme);

/** Fenced blocks with their language. */
const blocks = (text: string) =>
  [...text.matchAll(/^```(\w*)\n([^]*?)^```/gm)].map(([, language = '', code = '']) => ({ language, code }));

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

  it('shows commands and files that exist', async () => {
    const scripts = (JSON.parse(await read('package.json')) as { scripts: Record<string, string> }).scripts;
    for (const [, script = ''] of readme.matchAll(/npm run ([a-z:]+)/g)) expect(Object.keys(scripts)).toContain(script);
  });
});

describe('the Chinese README', () => {
  it('has the same settings with the same defaults, in the same order', () => {
    expect(rowsOf(chinese)).toEqual(rows);
  });

  it('has the same sections and the same blocks of code, apart from comments', () => {
    const headings = (text: string) => text.match(/^#+ /gm);
    expect(headings(chinese)).toEqual(headings(readme));
    const codes = (text: string) =>
      blocks(text).map(({ language, code }) => `${language} ${code.replace(/ +#.*$/gm, '')}`);
    expect(codes(chinese)).toEqual(codes(readme));
  });

  it('has as many rows in each table, and names the same things', () => {
    const tables = (text: string) => text.match(/^\|/gm)?.length;
    expect(tables(chinese)).toBe(tables(readme));
    const names = (text: string) => [...new Set([...text.matchAll(/`([^`\n]+)`/g)].map(([, name]) => name))].sort();
    expect(names(chinese)).toEqual(names(readme));
  });
});

describe.each([['README.md'], ['README.zh-CN.md'], ...PAGES.map((page) => [page])])('%s', (file) => {
  it('links to files that exist', async () => {
    const text = await read(file);
    const folder = file.includes('/') ? 'docs/' : '';
    const links = [...text.matchAll(/\]\(([^)#]+)\)/g)]
      .map(([, path = '']) => path)
      .filter((path) => !/^https?:/.test(path));
    for (const path of links) await expect(read(`${folder}${path}`)).resolves.toBeDefined();
  });

  it('has TOML that can be read', async () => {
    for (const { language, code } of blocks(await read(file)))
      if (language === 'toml') expect(parse(code)).toBeDefined();
  });
});

function withoutKey(key: string): unknown {
  return Object.fromEntries(Object.entries(settingsOf()).filter(([name]) => name !== key));
}
