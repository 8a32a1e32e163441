import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { takeAway } from '../../src/state/files.ts';

describe('what a dead process has left', () => {
  const inFolder = async () => {
    const folder = await mkdtemp(join(tmpdir(), 'left-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    return { folder, file: join(folder, 'lock') };
  };

  it('is taken away by one of those who try, and nothing of it stays', async () => {
    const { folder, file } = await inFolder();
    await writeFile(file, '');
    expect([takeAway(file), takeAway(file)]).toEqual([true, false]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('is out of the way also when it cannot be removed: a folder that something has put there', async () => {
    const { folder, file } = await inFolder();
    await mkdir(join(file, 'something'), { recursive: true });
    expect(takeAway(file)).toBe(true);
    expect(await readdir(folder)).not.toContain('lock');
  });
});
