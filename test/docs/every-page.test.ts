import { access, readFile } from 'node:fs/promises';
import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/commands/index.ts';
import { parseScenario } from '../../src/emulator/scenario.ts';
import { parseSettings } from '../../src/settings/parse.ts';
import { SettingsSchema } from '../../src/settings/schema.ts';
import { applyWishes } from '../../src/wishes/apply-wishes.ts';
import { expectFittingRunner } from '../settings/runner-part.ts';
import { MINIMAL, settingsOf } from '../support/settings.ts';
import { blocks, codes, PAGES, prose, read, TRANSLATED } from './pages.ts';

const scripts = Object.keys((JSON.parse(await read('package.json')) as { scripts: object }).scripts);

/** A heading as GitHub names its anchor. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const anchorsOf = (text: string): string[] =>
  [...prose(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchor(heading));

/** Where a link leads: a file from the root of the project, and an anchor in it. */
function target(page: string, link: string): { file: string; hash: string } {
  const url = new URL(link, `file:///${page}`);
  return { file: decodeURI(url.pathname).slice(1), hash: decodeURIComponent(url.hash.slice(1)) };
}

describe.each(PAGES)('%s', (page) => {
  it('links to files and sections that exist', async () => {
    const links = [...(await read(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
    for (const link of links.filter((each) => !/^https?:/.test(each))) {
      const { file, hash } = target(page, link);
      const text = await readFile(new URL(`../../${file}`, import.meta.url), 'utf8').catch(() => undefined);
      expect(text, link).toBeDefined();
      if (hash !== '') expect(anchorsOf(text ?? ''), link).toContain(hash);
    }
  });

  it('names files that exist', async () => {
    const words = codes(await read(page)).flatMap((code) => code.split(' '));
    const files = words.filter((word) => /^(?:config|docs|src|test)\//.test(word));
    for (const file of files)
      await expect(access(new URL(`../../${file}`, import.meta.url)), file).resolves.toBeUndefined();
  });

  it('shows commands and scripts that exist', async () => {
    const text = await read(page);
    const shown = [...codes(text), ...blocks(text).map(({ code }) => code)].join('\n');
    const names = COMMANDS.map((command) => command.name);
    for (const [, words = ''] of shown.matchAll(
      /(?<![/\w-])gitlab-eci-executor(?:\.cjs)? ([a-z][a-z-]*(?: [a-z-]+)?)/g,
    )) {
      expect(
        names.filter((name) => `${words} `.startsWith(`${name} `)),
        words,
      ).toHaveLength(1);
    }
    for (const [, script = ''] of text.matchAll(/npm run ([a-z:-]+)/g)) expect(scripts).toContain(script);
  });

  it('has TOML that is valid, for whatever program it is', async () => {
    const tomls = blocks(await read(page)).filter(({ language }) => language === 'toml');
    const whole = tomls.map(({ code }) => code).find((code) => 'region' in parse(code)) ?? MINIMAL;
    for (const { code } of tomls) {
      const toml = parse(code);
      if (page === 'docs/emulator.md') expect(parseScenario(code)).toBeDefined();
      else if ('region' in toml) expect(parseSettings(code)).toHaveProperty('settings');
      else if ('runners' in toml) expectFittingRunner(code, SettingsSchema.parse(parse(whole)));
      else expect(SettingsSchema.safeParse({ ...parse(whole), ...toml })).toHaveProperty('success', true);
    }
  });
});

describe.each(['docs/job-variables.md', ...TRANSLATED.flat()])('%s', (page) => {
  it('names job variables that the driver knows', async () => {
    // Some names end with a number, or with anything: KUBERNETES_POD_ANNOTATIONS_<anything>.
    const text = (await read(page)).replaceAll(/<\w+>/g, '1');
    for (const [name] of text.matchAll(/(?<![A-Z_])(?:KUBERNETES|ECI)_[A-Z0-9_]*[A-Z0-9]/g)) {
      const { lines } = applyWishes(settingsOf(), { [`CUSTOM_ENV_${name}`]: 'anything' });
      expect(lines.join('\n'), name).toContain(name);
    }
  });
});

describe.each(TRANSLATED)('%s and %s', (english, chinese) => {
  const both = (what: (text: string) => unknown): Promise<unknown[]> =>
    Promise.all([english, chinese].map(async (page) => what(await read(page))));

  it('have the same sections and the same blocks of code, apart from comments', async () => {
    const [headings, theirs] = await both((text) => prose(text).match(/^#+ /gm));
    expect(theirs).toEqual(headings);
    const [code, theirCode] = await both((text) =>
      blocks(text).map((block) => `${block.language} ${block.code.replace(/^ *#.*\n/gm, '').replace(/ +#.*$/gm, '')}`),
    );
    expect(theirCode).toEqual(code);
  });

  it('have as many rows in each table and as many steps, and name the same things', async () => {
    const [shape, theirs] = await both((text) => prose(text).match(/^(?:\||\d+\.)/gm));
    expect(theirs).toEqual(shape);
    const [names, theirNames] = await both((text) => [...new Set(codes(text))].sort());
    expect(theirNames).toEqual(names);
  });
});
