import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { eventually } from '../../conformance/eventually.ts';
import { newId, runRequest } from '../../conformance/run-request.ts';
import { inNetwork, networkOf } from '../networks.ts';
import { isAlive } from '../../support/is-alive.ts';
import { bringUp } from '../running-machine.ts';
import { type MachineUnderTest, onContainers, written } from './on-containers.ts';

const sh = (line: string) => ['/bin/sh', '-c', line];

/** Seconds that nothing else on the machine sleeps for: by them a process of a container is found from outside. */
let lastSleep = 1_000_000 + process.pid;
const uniqueSleep = (): string => String(++lastSleep);

async function sleepers(seconds: string): Promise<number[]> {
  const entries = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const found = await Promise.all(
    entries.map(async (entry) => {
      const words = (await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '')).split('\0');
      return words[0] === 'sleep' && words[1] === seconds ? [Number(entry)] : [];
    }),
  );
  return found.flat();
}

/** Folders of mounts in this process's view that belong to a machine. */
const mountsBelow = async (folder: string): Promise<string[]> =>
  (await readFile('/proc/self/mounts', 'utf8')).split('\n').filter((line) => line.includes(folder));

const exists = (machine: MachineUnderTest): Promise<boolean> =>
  readdir(machine.spec.folder).then(
    () => true,
    () => false,
  );

onContainers('a machine that is stopped', (containers) => {
  it('gives TERM to the first process, which may take its time and has its own exit code', async () => {
    const line = "trap 'sleep 0.5; echo bye; exit 9' TERM; echo ready; while :; do sleep 0.1; done";
    const machine = containers().group([{ command: sh(line) }]);
    await machine.start('c0');
    await written(machine, 'c0');
    await machine.stop(60);
    expect(await machine.ended('c0')).toMatchObject({ code: 9, reason: 'Error' });
    expect(machine.output('c0')).toBe('ready\nbye\n');
  });

  it('kills what has not ended after the grace', async () => {
    const machine = containers().group([{ command: sh("trap '' TERM; echo ready; while :; do sleep 0.1; done") }]);
    await machine.start('c0');
    await written(machine, 'c0');
    await machine.stop(1);
    expect(await machine.ended('c0')).toMatchObject({ code: 137, reason: 'Error' });
  });

  it('can be stopped at once while its grace runs', async () => {
    const machine = containers().group([{ command: sh("trap '' TERM; echo ready; while :; do sleep 0.1; done") }]);
    await machine.start('c0');
    await written(machine, 'c0');
    const first = machine.stop(300);
    await Promise.all([first, machine.stop(0)]);
    expect(await machine.ended('c0')).toMatchObject({ code: 137 });
  });

  it('leaves no process, no mount and no folder, daemons included', async () => {
    const [plain, daemon] = [uniqueSleep(), uniqueSleep()];
    const machine = containers().group([
      { command: sh(`(setsid sleep ${daemon} &); echo ready; sleep ${plain}`), runAsUser: 1000 },
    ]);
    await machine.start('c0');
    await written(machine, 'c0');
    await eventually('both', async () => (await sleepers(plain)).length + (await sleepers(daemon)).length === 2);
    expect(await mountsBelow(machine.spec.folder)).toEqual([]);
    await machine.stop(0);
    expect([...(await sleepers(plain)), ...(await sleepers(daemon))]).toEqual([]);
    await machine.remove();
    expect(await exists(machine)).toBe(false);
  });

  it('starts nothing any more, and ends what was starting', async () => {
    const machine = containers().group([{ command: sh('sleep 300') }, { command: sh('sleep 300') }]);
    const starting = machine.start('c0').catch(() => undefined);
    await machine.stop(0);
    await starting;
    await expect(machine.start('c1')).rejects.toThrow('being stopped');
    await machine.remove();
    expect(await exists(machine)).toBe(false);
  });

  it('removes what a job has made read-only', async () => {
    const machine = containers().group([
      { command: sh('mkdir -p /m/n; touch /m/n/f; chmod 555 /m/n /m; chmod 000 /m/n') },
    ]);
    await machine.start('c0');
    await machine.ended('c0');
    await machine.remove();
    expect(await exists(machine)).toBe(false);
  });
});

onContainers('a container', (containers) => {
  it('that is ended ends with the code that is asked for', async () => {
    const machine = containers().group([{ command: sh('sleep 300') }]);
    await machine.start('c0');
    machine.end?.('c0', 42);
    expect(await machine.ended('c0')).toEqual({ code: 42, reason: 'Error', message: '' });
  });

  it('whose parent is killed goes with it', async () => {
    const seconds = uniqueSleep();
    const machine = containers().group([{ command: ['sleep', seconds] }]);
    await machine.start('c0');
    const [pid = 0] = await sleepers(seconds);
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    process.kill(Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]), 'SIGKILL');
    expect(await machine.ended('c0')).toMatchObject({ code: 137 });
    await eventually('its end', () => !isAlive(pid));
  });

  it('that is started again begins with an untouched root file system', async () => {
    const machine = containers().group([{ command: sh('[ -e /seen ] && echo again; touch /seen') }]);
    for (let start = 0; start < 2; start++) {
      await machine.start('c0');
      await machine.ended('c0');
      expect(machine.output('c0')).toBe('');
    }
  });

  it('that is started again has a new log beside that of its last start', async () => {
    const machine = containers().group(
      [
        {
          command: sh('echo "$(hostname) at $(cat /in/file)"; echo more >> /in/file'),
          mounts: [{ volume: 'in', path: '/in', subPath: '', readOnly: false }],
        },
      ],
      {
        volumes: [{ name: 'in', kind: 'config-file', files: [{ path: 'file', content: Buffer.from('first\n') }] }],
      },
    );
    for (let start = 0; start < 2; start++) {
      await machine.start('c0');
      await machine.ended('c0');
    }
    expect(machine.output('c0')).toBe('group at first\nmore\n');
    expect(machine.log?.('c0', 'last').map(({ text }) => text)).toEqual(['group at first\n']);
  });

  it('goes on when the scripts in it are killed', async () => {
    const { kind, root } = containers();
    const { machine, wire } = await bringUp(root, { kind });
    const script = 'echo go; sleep 300 & sleep 300';
    const call = await wire.send('run', runRequest(newId(), script), script);
    await call.bytes(3);
    // The script's shell, and what it has started by then.
    expect(machine.killScripts?.('build')).toBeGreaterThan(0);
    expect((await call.answer).last).toMatchObject({ end: 'signalled', signal: 'KILL' });
    expect(JSON.parse((await wire.ask('hello')).stdout.toString())).toMatchObject({ container: 'build' });
    expect(machine.killScripts?.('build')).toBe(0);
    wire.close();
    await machine.stop(0);
    await machine.remove();
  });
});

onContainers('an emulator that is killed', (containers) => {
  it.each(['shared', 'own'])('takes its containers with it, and what holds their %s network', async (network) => {
    const seconds = uniqueSleep();
    const program = fileURLToPath(new URL('one-container.ts', import.meta.url));
    const { images, root } = containers();
    const args = ['--import', 'tsx', program, images.folder, root, '0', network, '', 'sleep', seconds];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    const [sleeper = 0] = await sleepers(seconds);
    const theirs = await networkOf(sleeper);
    child.kill('SIGKILL');
    await eventually('the end of its container', async () => (await sleepers(seconds)).length === 0);
    if (network === 'own')
      await eventually('the end of its network', async () => (await inNetwork(theirs)).length === 0);
  });
});
