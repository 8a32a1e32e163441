import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { withShortLock } from '../../src/state/short-lock.ts';
import { ManualClock } from '../support/manual-clock.ts';

it('a lock that others have taken over meanwhile is left to them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lock-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'bucket');
  const lock = `${file}.lock`;
  const ports = { clock: new ManualClock(), random: Math.random };
  await withShortLock(file, ports, () => {
    renameSync(lock, `${lock}.old`);
    writeFileSync(lock, '');
  });
  expect(existsSync(lock)).toBe(true);
});
