import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { eventually } from '../conformance/eventually.ts';
import { newId, runRequest } from '../conformance/run-request.ts';
import type { Call } from '../conformance/call.ts';
import type { Wire } from '../conformance/wire.ts';
import { isAlive } from '../support/is-alive.ts';
import { bringUp, withRoot } from './running-machine.ts';

const start = (wire: Wire, script: string): Promise<Call> => wire.send('run', runRequest(newId(), script), script);

/** The process numbers that a script prints, one a line. */
async function pidsOf(call: Call, count: number): Promise<number[]> {
  const lines = () => call.soFar().stdout.toString().split('\n').slice(0, -1);
  await eventually(`${count} process numbers`, () => lines().length >= count);
  return lines().map(Number);
}

const allGone = (pids: readonly number[]) => eventually('the end of all processes', () => !pids.some(isAlive));

describe('a machine that was stopped leaves', () => {
  it('no process of a script, of an earlier one, or of exec', () =>
    withRoot(async (root) => {
      const { machine, wire } = await bringUp(root);
      const ended = await start(wire, 'sleep 300 & echo $!');
      await ended.answer;
      const running = await start(wire, "trap '' TERM; echo $$; sleep 300 & echo $!; sleep 300");
      const check = await wire.send('exec', { argv: ['/bin/sh', '-c', 'echo $$; exec sleep 300'], timeout: 300 }, '');
      const pids = [...(await pidsOf(ended, 1)), ...(await pidsOf(running, 2)), ...(await pidsOf(check, 1))];
      expect(pids.every(isAlive)).toBe(true);
      await machine.stop(0);
      await allGone(pids);
      expect(await machine.ended('build')).toEqual({ code: 137, reason: 'Error', message: '' });
      await machine.remove();
      expect(await readdir(root)).toEqual([]);
    }));

  it.skipIf(process.platform !== 'linux')('no daemon in a session of its own', () =>
    withRoot(async (root) => {
      const { machine, wire } = await bringUp(root);
      const call = await start(wire, "setsid sh -c 'echo $$; exec sleep 300' & sleep 300");
      const pids = await pidsOf(call, 1);
      await machine.stop(5);
      await allGone(pids);
      expect(await machine.ended('build')).toMatchObject({ code: 0 });
    }),
  );

  it.skipIf(process.platform !== 'linux')('no daemon either when the create call has a HOME of its own', () =>
    withRoot(async (root) => {
      const { machine, wire } = await bringUp(root, { env: [{ key: 'HOME', value: '/tmp' }] });
      const call = await start(wire, "setsid sh -c 'echo $$; exec sleep 300' & sleep 300");
      const pids = await pidsOf(call, 1);
      await machine.stop(5);
      await allGone(pids);
    }),
  );

  it('nothing when the group goes while a container is still starting', () =>
    withRoot(async (root) => {
      const { machine, wire } = await bringUp(root);
      wire.close();
      await machine.stop(0);
      await expect(machine.start('build')).rejects.toThrow(/being stopped/);
    }));
});

describe('a machine that is being stopped', () => {
  it('is stopped at once by a second call with less patience', () =>
    withRoot(async (root) => {
      const { machine, wire } = await bringUp(root);
      const script = "trap '' TERM; echo $$; while :; do sleep 0.1; done";
      const call = await wire.send('run', runRequest(newId(), script, { kill_after: 300 }), script);
      const pids = await pidsOf(call, 1);
      const first = machine.stop(300);
      await Promise.all([first, machine.stop(0)]);
      await allGone(pids);
      expect(await machine.ended('build')).toMatchObject({ code: 137 });
    }));
});

describe('an emulator that ends in the middle of a job', () => {
  it('takes the scripts with it', () =>
    withRoot(async (root) => {
      const program = fileURLToPath(new URL('ending-emulator.ts', import.meta.url));
      const child = spawn(process.execPath, ['--import', 'tsx', program, root], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const output: Buffer[] = [];
      child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
      const [code] = (await once(child, 'close')) as [number];
      const pids = Buffer.concat(output).toString().trim().split('\n').map(Number);
      expect([code, pids.length]).toEqual([3, 2]);
      await allGone(pids);
    }));
});
