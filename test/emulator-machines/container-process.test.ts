import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ContainerProcess } from '../../src/emulator/machines/containers/container-process.ts';
import type { Launch } from '../../src/emulator/machines/containers/launch.ts';
import { eventually } from '../conformance/eventually.ts';
import { isAlive } from '../support/is-alive.ts';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'launch-'))));
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** Starts a container whose first program, of the chain that ends in bwrap, is a shell script. `$pids` is a file for the numbers of processes. */
async function launched(script: string): Promise<ContainerProcess> {
  const program = join(folder, 'unshare');
  await writeFile(program, `#!/bin/sh\npids=${join(folder, 'pids')}\n${script}\n`);
  await chmod(program, 0o755);
  vi.stubEnv('PATH', `${folder}:${process.env.PATH}`);
  return new ContainerProcess(LAUNCH, Date.now);
}

const LAUNCH: Launch = {
  isolation: 'root',
  joins: undefined,
  stage: '/none',
  scratch: '/none',
  rootfs: '/none',
  user: { uid: 0, gid: 0 },
  hostName: 'none',
  binds: [],
  environment: {},
  workingDir: '/',
  readOnlyRoot: false,
  capabilities: [],
  argv: ['none'],
};

/** The processes whose numbers the script has written, when there are so many. */
async function processes(count: number): Promise<readonly number[]> {
  let pids: readonly number[] = [];
  await eventually(`${count} processes`, async () => {
    const text = await readFile(join(folder, 'pids'), 'utf8').catch(() => '');
    pids = text.split('\n').slice(0, -1).map(Number);
    return pids.length === count;
  });
  return pids;
}

describe('a container that is killed', () => {
  it('while its mounts hang ends, and so does every program that was to make it', async () => {
    const container = await launched('echo $$ >> $pids; sleep 1000 & echo $! >> $pids; wait');
    const pids = await processes(2);
    await container.kill();
    expect(await container.ended).toMatchObject({
      reason: 'ContainerCannotRun',
      message: 'it was stopped before it ran',
    });
    await expect(container.started).rejects.toThrow('it was stopped before it ran');
    await eventually('their ends', () => !pids.some(isAlive));
  });

  it('ends when its parent does not notice that its first process has', async () => {
    const container = await launched(
      'echo $$ >> $pids; sleep 1000 & echo $! >> $pids; echo "{ \\"child-pid\\": $! }" >&3; kill -STOP $$',
    );
    const pids = await processes(2);
    await container.kill();
    await container.ended;
    await eventually('their ends', () => !pids.some(isAlive));
  });
});

describe('a container whose parent ends at once', () => {
  it('leaves no process, although its number comes only then', async () => {
    const container = await launched(
      `sleep 1000 <&- >&- 2>&- 3>&- & first=$!
      echo $first >> $pids
      (sleep 0.1; echo "{ \\"child-pid\\": $first }" >&3) <&- >&- 2>&- &`,
    );
    const pids = await processes(1);
    await container.ended;
    await eventually('its end', () => !pids.some(isAlive));
  });
});
