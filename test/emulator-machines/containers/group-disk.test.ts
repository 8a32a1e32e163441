import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { ContainerSpec, MachineSpec } from '../../../src/emulator/machine.ts';
import { containerMachines } from '../../../src/emulator/machines/containers/container-machines.ts';
import { eventually } from '../../conformance/eventually.ts';
import { onContainers } from './on-containers.ts';

const MIB = 1024 * 1024;
/** MiB. */
const DISK = 16;
const sh = (line: string) => ['/bin/sh', '-c', line];
const mount = (volume: string, path: string) => ({ volume, path, subPath: '', readOnly: false });
const fill = (file: string, mib = 2 * DISK) => `dd if=/dev/zero of=${file} bs=1M count=${mib} 2>/dev/null`;

/** Processes that have a folder among their mounts. */
async function holders(folder: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const mounts = pids.map((pid) => readFile(`/proc/${pid}/mountinfo`, 'utf8').catch(() => ''));
  const seen = await Promise.all(mounts);
  return pids.filter((_, index) => seen[index]?.includes(folder));
}

onContainers('a disk of limited size', (containers) => {
  async function groupOf(specs: readonly Partial<ContainerSpec>[], more?: Partial<MachineSpec>) {
    const { images, group } = containers();
    return group(specs, more, await containerMachines({ images: images.folder, diskSize: DISK }));
  }

  it('is one for all containers of the group, their root file systems and their volumes', async () => {
    const volumes = [{ name: 'data', kind: 'empty-dir', files: [] }] as const;
    const machine = await groupOf(
      [
        { command: sh(`${fill('/tmp/big')} || echo full; exec sleep 300`) },
        { command: sh(`${fill('/data/big', 1)} || echo full`), mounts: [mount('data', '/data')], runAsUser: 1000 },
      ],
      { volumes },
    );
    await machine.start('c0');
    await eventually('a full disk', () => machine.output('c0') === 'full\n');
    await machine.start('c1');
    await machine.ended('c1');
    expect(machine.output('c1')).toBe('full\n');
  });

  it("does not count a file server's folders", async () => {
    const folder = join(containers().root, 'server');
    await mkdir(folder);
    const machine = await groupOf(
      [{ command: sh(`${fill('/nas/big')} && echo fits`), mounts: [mount('nas', '/nas')] }],
      {
        volumes: [{ name: 'nas', kind: 'file-system', files: [], folder }],
      },
    );
    await machine.start('c0');
    await machine.ended('c0');
    expect(machine.output('c0')).toBe('fits\n');
    expect((await stat(join(folder, 'big'))).size).toBe(2 * DISK * MIB);
  });

  it('does not count volumes in memory, also of a group with a network of its own', async () => {
    const volumes = [{ name: 'shm', kind: 'memory', size: 3 * DISK * MIB, files: [] }] as const;
    const line = `${fill('/shm/big')} && echo fits; ${fill('/tmp/big')} || echo full`;
    const machine = await groupOf([{ command: sh(line), mounts: [mount('shm', '/shm')], sidecar: true }], { volumes });
    await machine.start('c0');
    await machine.ended('c0');
    expect(machine.output('c0')).toBe('fits\nfull\n');
  });

  it('takes no room on that of the machine, and is gone with the group', async () => {
    const machine = await groupOf([{ command: sh('echo here > /tmp/file; echo written; exec sleep 300') }]);
    await machine.start('c0');
    await eventually('its file', () => machine.output('c0') !== '');
    expect(await readdir(machine.spec.folder)).toEqual([]);
    expect((await holders(machine.spec.folder)).length).toBeGreaterThan(0);
    await machine.stop(0);
    await machine.remove();
    expect(await holders(machine.spec.folder)).toEqual([]);
    await expect(stat(machine.spec.folder)).rejects.toThrow('ENOENT');
  });

  it('is gone with an emulator that is killed', async () => {
    const { images, root } = containers();
    const program = fileURLToPath(new URL('one-container.ts', import.meta.url));
    const args = ['--import', 'tsx', program, images.folder, root, '0', 'shared', String(DISK), 'sleep', '300'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    const folder = join(root, `one-${child.pid}`);
    expect((await holders(folder)).length).toBeGreaterThan(0);
    child.kill('SIGKILL');
    await eventually('the end of its disk', async () => (await holders(folder)).length === 0);
  });
});
