import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { ON_BOTH_MACHINES } from '../support/on-both-machines.ts';

const read = (file: string): Promise<string> => readFile(new URL(`../../${file}`, import.meta.url), 'utf8');
const page = await read('docs/runner-behaviours.md');
/** The last cell of each row of both tables. */
const proofs = [...page.matchAll(/^\| (?!---|no\. |event )(.+) \| (.+) \|$/gm)].map(([, what = '', proof = '']) => ({
  what,
  proof,
}));
const PROOF = /`(test\/[^`]+)` › `([^`]+)`/g;
const shown = [...page.matchAll(PROOF)].map(([, file = '', title = '']) => ({ file, title }));

/** Numbers of what only shows where helper and build are containers. */
const ABOUT_CONTAINERS = ['7', '8', '9', '10', '11', '12', '13', '19, 20'];

/** Whether a file's whole jobs run on container machines, be it among others. */
const runsOnContainers = async (file: string): Promise<boolean> =>
  ON_BOTH_MACHINES.includes(file) || /\bstartWorld\({ machines: 'containers'/.test(await read(file));

/** What stands where no test can. */
const WITHOUT_TEST = /^(nothing of ours|not yet)/;

/** A test's title, or the name of a row or a case that tests are made from. */
const declares = (source: string, title: string): boolean =>
  source.split('\n').some((line) => {
    const at = line.indexOf(title);
    const isWhole = /^['"`]/.test(line.slice(at + title.length));
    return (
      at > 0 &&
      isWhole &&
      /(\b(it|describe)(\.each\(.*\))?\(|\b(name|what): |^\s*)['"`]$|\)\(['"`]$/.test(line.slice(0, at))
    );
  });

describe('the page about behaviours of GitLab Runner', () => {
  it('has every number once', () => {
    const numbers = [...page.matchAll(/^\| ([\d, ]+) \|/gm)].flatMap(([, list = '']) => list.split(', ').map(Number));
    expect(numbers).toEqual(Array.from({ length: 45 }, (_, index) => index + 1));
  });

  it('has a test in each row, or says why not', () => {
    expect(proofs.length).toBeGreaterThan(60);
    const open = proofs.filter(({ proof }) => [...proof.matchAll(PROOF)].length === 0 && !WITHOUT_TEST.test(proof));
    expect(open).toEqual([]);
  });

  it.each(ABOUT_CONTAINERS)('has a test on container machines for number %s', async (number) => {
    const row = page.split('\n').find((line) => line.startsWith(`| ${number} |`)) ?? '';
    const files = [...row.matchAll(PROOF)].map(([, file = '']) => file);
    expect((await Promise.all(files.map(runsOnContainers))).some(Boolean), files.join()).toBe(true);
  });

  it.each(shown)('names a test that exists: $title', async ({ file, title }) => {
    expect(declares(await read(file), title)).toBe(true);
  });
});
