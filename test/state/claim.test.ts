import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claim } from '../../src/state/claim.ts';

const LONGEST = 10_000;
let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'claim-'));
  file = join(folder, 'door');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a claim', () => {
  it('is had by one of those that make it', () => {
    const made = Array.from({ length: 8 }, () => claim(file, 1000, LONGEST));
    expect(made.filter((each) => each)).toEqual([true]);
  });

  it('is kept for its owner as long as it lasts, and is the next one’s after that', async () => {
    claim(file, 1000, LONGEST);
    expect(claim(file, 1000 + LONGEST, LONGEST)).toBe(false);
    expect(claim(file, 1001 + LONGEST, LONGEST)).toBe(true);
    expect(await readdir(folder)).toEqual(['door']);
  });

  it('that its owner has not written yet counts from the file’s own date', async () => {
    await writeFile(file, '');
    const now = Date.now();
    expect(claim(file, now, LONGEST)).toBe(false);
    const longAgo = new Date(now - LONGEST - 1000);
    await utimes(file, longAgo, longAgo);
    expect(claim(file, now, LONGEST)).toBe(true);
  });

  it('that cannot be read counts from the file’s own date', async () => {
    await mkdir(file);
    const now = Date.now();
    expect(claim(file, now, LONGEST)).toBe(false);
    const longAgo = new Date(now - LONGEST - 1000);
    await utimes(file, longAgo, longAgo);
    expect(claim(file, now, LONGEST)).toBe(true);
  });

  it('that holds no moment is nobody’s', async () => {
    await writeFile(file, 'soon');
    expect(claim(file, Date.now(), LONGEST)).toBe(true);
  });

  it('is everybody’s where none can be made', async () => {
    await writeFile(file, '');
    const nowhere = join(file, 'door');
    expect(claim(nowhere, 1000, LONGEST)).toBe(true);
    expect(claim(nowhere, 1000, LONGEST)).toBe(true);
  });
});
