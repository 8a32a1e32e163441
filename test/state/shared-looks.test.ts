import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SharedLooks, sharedLooks } from '../../src/state/shared-looks.ts';

let stateDir: string;
let looks: SharedLooks;
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'looks-'));
  looks = sharedLooks(stateDir, 'cn-beijing');
});
afterEach(() => rm(stateDir, { recursive: true, force: true }));

const watch = async (...ids: readonly string[]): Promise<void> => {
  for (const id of ids) await looks.watch(id);
};

describe('looks at groups that jobs share', () => {
  it('are unknown until somebody has told, and then as old as the question was', async () => {
    await watch('eci-1', 'eci-2', 'eci-3');
    expect(await looks.lastFine('eci-1')).toBeUndefined();
    await looks.tellFine(['eci-1', 'eci-2'], 5000);
    expect(await looks.lastFine('eci-1')).toBe(5000);
    expect(await looks.lastFine('eci-3')).toBeUndefined();
  });

  it('ask for the own group first, then for those of others that nobody has asked for lately, twenty in all', async () => {
    const ids = Array.from({ length: 30 }, (_, index) => `eci-${index}`);
    await watch(...ids);
    await looks.tellFine(ids.slice(0, 12), Date.now());
    const asked = await looks.askedTogether('eci-0');
    expect(asked).toHaveLength(20);
    expect(asked[0]).toBe('eci-0');
    expect(asked.slice(1, 19).sort()).toEqual(ids.slice(12).sort());
  });

  it('leave out a group whose job has ended, has not named it for a minute and a half, or runs in another region', async () => {
    await watch('eci-1', 'eci-2', 'eci-3');
    await sharedLooks(stateDir, 'cn-hangzhou').watch('eci-4');
    await looks.leave('eci-2');
    const longAgo = new Date(Date.now() - 100_000);
    await utimes(join(stateDir, 'looks', 'cn-beijing_eci-3.watched'), longAgo, longAgo);
    expect(await looks.askedTogether('eci-1')).toEqual(['eci-1']);
  });

  it('leave nothing of a job that has ended, and nothing for ever of one that has died', async () => {
    await watch('eci-1', 'eci-2');
    await looks.tellFine(['eci-1'], 1000);
    await looks.leave('eci-1');
    await looks.tellFine(['eci-1'], 2000);
    expect(await readdir(join(stateDir, 'looks'))).toEqual(['cn-beijing_eci-2.watched']);
    const { mtimeMs } = await stat(join(stateDir, 'looks', 'cn-beijing_eci-2.watched'));
    await looks.tellFine([], mtimeMs + 3_600_001);
    expect(await readdir(join(stateDir, 'looks'))).toEqual([]);
  });

  it.each(['', '{', '"soon"', 'null'])('are unknown where a file holds %j', async (text) => {
    await watch('eci-1');
    await writeFile(join(stateDir, 'looks', 'cn-beijing_eci-1.fine'), text);
    expect(await looks.lastFine('eci-1')).toBeUndefined();
  });

  it('are each job’s own where the folder cannot be used', async () => {
    await writeFile(join(stateDir, 'looks'), '');
    await watch('eci-1', 'eci-2');
    await looks.tellFine(['eci-1'], 1000);
    expect(await looks.lastFine('eci-1')).toBeUndefined();
    expect(await looks.askedTogether('eci-1')).toEqual(['eci-1']);
    await looks.leave('eci-1');
  });
});
