import { describe, expect, it } from 'vitest';
import { WITHOUT_COUNTERPART } from '../../src/settings/kubernetes-names.ts';
import { parseSettings } from '../../src/settings/parse.ts';
import { SettingsSchema } from '../../src/settings/schema.ts';
import { NO_PRIVILEGES } from '../../src/settings/sections/security.ts';
import { MINIMAL } from '../support/settings.ts';
import { codes, read, tables } from './pages.ts';
import { settingsKeys } from './settings-keys.ts';
import { declares, shownTests } from './shown-tests.ts';

const page = await read('docs/kubernetes-executor.md');
/** The first table says what the words mean. */
const [words = [], ...sections] = tables(page);
const rows = sections.flat().map(([there = '', here = '', how = '', proof = '']) => ({ there, here, how, proof }));

/** The settings in a first cell, by their whole names: `volumes`: `pvc` is volumes.pvc. */
function settingsIn(cell: string): string[] {
  const [before = '', after] = cell.split(/: (?=`)/);
  const names =
    after === undefined
      ? codes(before)
      : codes(before).flatMap((table) => codes(after).map((name) => `${table}.${name}`));
  return names.filter((name) => /^[a-zA-Z_.]+$/.test(name) && /^[a-z]/.test(name));
}

const settingsThat = (...here: readonly string[]): string[] =>
  rows.filter((row) => here.includes(row.here)).flatMap(({ there }) => settingsIn(there));

/** What the operator reads about a setting. Each kind of volume that there is is a list of tables. */
function problemsWith(name: string): readonly string[] {
  const toml = `${name} = true`.replace(/^(volumes\.\w+)\.(.+)$/, '$1 = [{ $2 }]');
  const parsed = parseSettings(`${toml}\n${MINIMAL}`);
  return 'problems' in parsed ? parsed.problems.map(({ text }) => text) : [];
}

describe('the page about the Kubernetes executor', () => {
  it('has one of its four words in each row, and uses each', () => {
    const known = words.map(([word]) => word);
    expect(known).toHaveLength(4);
    expect(new Set(rows.map(({ here }) => here))).toEqual(new Set(known));
  });

  it('says in each row how, or what differs, and has a test or says why not', () => {
    const open = rows.filter(
      ({ how, proof }) => how === '' || (shownTests(proof).length === 0 && !/^no test: ./.test(proof)),
    );
    expect(open).toEqual([]);
  });

  it('has each setting that is refused with a sentence, in a row that says so', () => {
    expect([...WITHOUT_COUNTERPART.keys()].filter((name) => !settingsThat('refused').includes(name))).toEqual([]);
  });

  it.each(settingsThat('refused'))('is right that %s is refused, with a sentence', (name) => {
    const sentence = WITHOUT_COUNTERPART.get(name) ?? NO_PRIVILEGES;
    expect(problemsWith(name)).toEqual(expect.arrayContaining([expect.stringContaining(sentence)]));
  });

  it('calls no setting working that the settings file does not have', () => {
    const known = settingsKeys(SettingsSchema);
    const missing = settingsThat('works', 'partly').filter(
      (name) => !known.some((key) => key === name || key.startsWith(`${name}.`)),
    );
    expect(missing).toEqual([]);
  });

  it.each(shownTests(page))('names a test that exists: $title', async ({ file, title }) => {
    expect(declares(await read(file), title)).toBe(true);
  });
});
