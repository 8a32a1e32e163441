import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { presentStartTime, readCaller, UNKNOWN } from '../../src/state/caller.ts';

describe('the process that has a number now', () => {
  it('is told by the start time that a job notes of its runner', async () => {
    const { startTime } = await readCaller(process.pid);
    expect(startTime).toMatch(/^\d+$/);
    expect(await presentStartTime(process.pid)).toBe(startTime);
  });

  it('is none when it has ended', async () => {
    const child = spawn('true');
    await once(child, 'exit');
    expect(await presentStartTime(child.pid ?? 0)).toBeUndefined();
  });

  it('is not taken for ended by a process that can open no file any more', async () => {
    const words = [
      '-c',
      'ulimit -n 100 && exec "$0" --import tsx --input-type=module -e "$1"',
      process.execPath,
      CROWDED,
    ];
    const { stdout } = await promisify(execFile)('/bin/sh', words);
    expect(stdout).toBe(UNKNOWN);
  });
});

/** Looks for itself when it has as many open files as it may have. */
const CROWDED = `
import { openSync } from 'node:fs';
import { presentStartTime } from ${JSON.stringify(new URL('../../src/state/caller.ts', import.meta.url).href)};
const fill = () => {
  try {
    for (;;) openSync('/dev/null', 'r');
  } catch {}
};
let seen;
// Whatever has loaded this program may still close files of its own.
for (let round = 0; round < 50 && seen !== '${UNKNOWN}'; round++) {
  fill();
  seen = await presentStartTime(process.pid);
}
process.stdout.write(String(seen));
`;
