import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { allowedActions, type RamPolicy } from '../policy/ram-policy.ts';
import { blocks, codes, read, tables } from './pages.ts';
import { declares, shownTests } from './shown-tests.ts';

const page = await read('docs/security-model.md');

const section = (heading: string): string =>
  new RegExp(`^## ${heading}\n([^]*?)(?=^## |$(?![^]))`, 'm').exec(page)?.[1] ?? '';

/** Titles of the tests of a file, whatever makes many of one. */
const titles = (source: string): string[] =>
  [...source.matchAll(/\bit(?:\.\w+\([^]*?\))*\(\s*(['"`])([^]*?)\1,/g)].map(([, , title = '']) => title);

/** Every test of a folder, as pages name it. */
async function testsOf(folder: string): Promise<string[]> {
  const names = await readdir(new URL(`../../${folder}`, import.meta.url));
  const files = names.filter((name) => name.endsWith('.test.ts')).map((name) => `${folder}/${name}`);
  const all = await Promise.all(files.map(async (file) => titles(await read(file)).map((title) => `${file} ${title}`)));
  return all.flat();
}

describe('the security model', () => {
  it.each([
    ['Attacks', 'test/attacks'],
    ['Fuzzing', 'test/fuzz'],
  ])('has under %s a row for each test of %s, and no other', async (heading, folder) => {
    const rows = tables(section(heading)).flat(2).join('\n');
    const shown = shownTests(rows).map(({ file, title }) => `${file} ${title}`);
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.sort()).toEqual((await testsOf(folder)).sort());
  });

  it.each(shownTests(page))('names a test that exists: $title', async ({ file, title }) => {
    expect(declares(await read(file), title)).toBe(true);
  });

  it('shows by a test what a hostile job cannot do, point by point', () => {
    const points = section('What it cannot do').split(/^\* /m).slice(1);
    expect(points.filter((point) => shownTests(point).length === 0)).toEqual([]);
    expect(points.length).toBeGreaterThan(0);
  });

  it("gives a reason for each permission of the manager's policy, and for what is to be added", async () => {
    const [permissions = []] = tables(section('RAM policies'));
    const named = permissions.map(([permission = '']) => codes(permission)[0]);
    const policy = JSON.parse(await read('config/ram-policy.json')) as RamPolicy;
    expect([...named].sort()).toEqual([...allowedActions(policy), 'ram:PassRole'].sort());
    expect(allowedActions(policy)).not.toContain('ram:PassRole');
    for (const [, reason = ''] of permissions) expect(reason.trim()).not.toBe('');
  });

  it('says of each permission that is no call of ECI that it is none', () => {
    const [permissions = []] = tables(section('RAM policies'));
    const others = permissions.filter(([permission = '']) => !permission.includes('`eci:'));
    expect(others.length).toBeGreaterThan(0);
    for (const [permission, reason] of others) expect(reason, permission).toContain('no call of the driver');
  });

  it('has policies that are JSON, allow no wildcard of actions, and give no role to every resource', () => {
    const policies = blocks(page).filter(({ language }) => language === 'json');
    expect(policies.length).toBeGreaterThan(0);
    for (const { Statement } of policies.map(({ code }) => JSON.parse(code) as RamPolicy)) {
      for (const { Action, Resource } of Statement) {
        expect([Action].flat().filter((action) => action.includes('*'))).toEqual([]);
        expect(Resource).not.toBe('*');
      }
    }
  });
});
