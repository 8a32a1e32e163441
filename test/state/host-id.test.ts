import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hostId } from '../../src/state/host-id.ts';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'host-id-'))));
afterEach(() => rm(folder, { recursive: true }));

describe("a host's id", () => {
  it('stays the same', async () => {
    const id = await hostId(folder);
    expect(id).toMatch(/^[0-9a-f]{16}$/);
    expect(await hostId(folder)).toBe(id);
  });

  it('is another one on another host with the same state folder: one that is shared, or copied with an image', async () => {
    expect(await hostId(folder, 'manager-1')).not.toBe(await hostId(folder, 'manager-2'));
  });

  it('is another one where the state folder is another one', async () => {
    expect(await hostId(folder, 'manager-1')).not.toBe(await hostId(join(folder, 'other'), 'manager-1'));
  });

  it('is the same one for all processes that are the first at the same time', async () => {
    const ids = await Promise.all(Array.from({ length: 50 }, () => hostId(folder)));
    expect(new Set(ids).size).toBe(1);
    expect(await readdir(folder)).toEqual(['host-id']);
  });

  it('is made anew when its file is damaged', async () => {
    await writeFile(join(folder, 'host-id'), '0123');
    const id = await hostId(folder);
    expect(await hostId(folder)).toBe(id);
    expect(await readFile(join(folder, 'host-id'), 'utf8')).toMatch(/^[0-9a-f]{16}$/);
  });

  it('is none where the state folder cannot be written', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(hostId(join(folder, 'file'))).rejects.toThrow(/The state folder \S+ cannot be written/);
  });
});
