import { describe, expect, it } from 'vitest';
import { read } from '../docs/pages.ts';
import { declares, shownTests } from '../docs/shown-tests.ts';
import { ON_BOTH_MACHINES } from '../support/on-both-machines.ts';

const page = await read('docs/runner-behaviours.md');
/** The last cell of each row of both tables. */
const proofs = [...page.matchAll(/^\| (?!---|no\. |event )(.+) \| (.+) \|$/gm)].map(([, what = '', proof = '']) => ({
  what,
  proof,
}));

/** Numbers of what only shows where helper and build are containers. */
const ABOUT_CONTAINERS = ['7', '8', '9', '10', '11', '12', '13', '19, 20'];

/** Whether a file's whole jobs run on container machines, be it among others. */
const runsOnContainers = async (file: string): Promise<boolean> =>
  ON_BOTH_MACHINES.includes(file) || /\bstartWorld\({ machines: 'containers'/.test(await read(file));

/** What stands where no test can. */
const WITHOUT_TEST = /^(nothing of ours|not yet)/;

describe('the page about behaviours of GitLab Runner', () => {
  it('has every number once', () => {
    const numbers = [...page.matchAll(/^\| ([\d, ]+) \|/gm)].flatMap(([, list = '']) => list.split(', ').map(Number));
    expect(numbers).toEqual(Array.from({ length: 45 }, (_, index) => index + 1));
  });

  it('has a test in each row, or says why not', () => {
    expect(proofs.length).toBeGreaterThan(60);
    const open = proofs.filter(({ proof }) => shownTests(proof).length === 0 && !WITHOUT_TEST.test(proof));
    expect(open).toEqual([]);
  });

  it.each(ABOUT_CONTAINERS)('has a test on container machines for number %s', async (number) => {
    const row = page.split('\n').find((line) => line.startsWith(`| ${number} |`)) ?? '';
    const files = shownTests(row).map(({ file }) => file);
    expect((await Promise.all(files.map(runsOnContainers))).some(Boolean), files.join()).toBe(true);
  });

  it.each(shownTests(page))('names a test that exists: $title', async ({ file, title }) => {
    expect(declares(await read(file), title)).toBe(true);
  });
});
