import { mkdtemp, rm } from 'node:fs/promises';
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
});
