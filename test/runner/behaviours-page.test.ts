import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';

const read = (file: string): Promise<string> => readFile(new URL(`../../${file}`, import.meta.url), 'utf8');
const page = await read('docs/runner-behaviours.md');
const shown = [...page.matchAll(/`(test\/[^`]+)` › `([^`]+)`/g)].map(([, file = '', title = '']) => ({ file, title }));

describe('the page about behaviours of GitLab Runner', () => {
  it('has every number once', () => {
    const numbers = [...page.matchAll(/^\| ([\d, ]+) \|/gm)].flatMap(([, list = '']) => list.split(', ').map(Number));
    expect(numbers).toEqual(Array.from({ length: 45 }, (_, index) => index + 1));
  });

  it.each(shown)('names a test that exists: $title', async ({ file, title }) => {
    expect(await read(file)).toContain(title);
  });
});
