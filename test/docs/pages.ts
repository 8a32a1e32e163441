import { readdir, readFile } from 'node:fs/promises';

/** A file of the project, by its path from the root. */
export const read = (file: string): Promise<string> => readFile(new URL(`../../${file}`, import.meta.url), 'utf8');

const listed = await readdir(new URL('../../docs', import.meta.url));

/** Everything that people read. */
export const PAGES: readonly string[] = [
  'README.md',
  'README.zh-CN.md',
  'SECURITY.md',
  'SECURITY.zh-CN.md',
  ...listed
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `docs/${name}`),
];

/** Pages that there are in two languages: English, Chinese. */
export const TRANSLATED: readonly (readonly [string, string])[] = PAGES.filter((page) =>
  page.endsWith('.zh-CN.md'),
).map((page) => [page.replace('.zh-CN.md', '.md'), page]);

/** Fenced blocks with their language. */
export const blocks = (text: string): { language: string; code: string }[] =>
  [...text.matchAll(/^```(\w*)\n([^]*?)^```/gm)].map(([, language = '', code = '']) => ({ language, code }));

/** A page without its fenced blocks. */
export const prose = (text: string): string => text.replace(/^```[^]*?^```$/gm, '');

/** What a page sets as code between its sentences. */
export const codes = (text: string): string[] => [...prose(text).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);

/** Tables with the cells of their rows, without the heads. */
export const tables = (text: string): string[][][] =>
  [...prose(text).matchAll(/(?:^\|.*\n)+/gm)].map(([table]) =>
    table
      .trimEnd()
      .split('\n')
      .slice(2)
      .map((row) =>
        row
          .slice(1, -1)
          .split('|')
          .map((cell) => cell.trim()),
      ),
  );
