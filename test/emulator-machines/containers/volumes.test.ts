import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BUSYBOX_IMAGE } from '../../support/image-names.ts';
import { PLAIN } from '../machine-group.ts';
import { onContainers } from './on-containers.ts';

const mount = (volume: string, path: string, readOnly = false, subPath = '') => ({ volume, path, subPath, readOnly });
const part = (volume: string, subPath: string, path: string) => mount(volume, path, false, subPath);
const emptyDir = (name: string) => ({ name, kind: 'empty-dir', files: [] }) as const;
const sh = (line: string) => ['/bin/sh', '-c', line];

onContainers('volumes of a group', (containers) => {
  it('that are empty are shared, and everybody may write to them', async () => {
    const machine = containers().group(
      [
        { command: sh('echo one > /a/file'), mounts: [mount('shared', '/a')], runAsUser: 1000 },
        { command: sh('cat /b/file; rm /b/file && echo removed'), mounts: [mount('shared', '/b')], runAsUser: 2000 },
      ],
      { volumes: [emptyDir('shared')] },
    );
    for (const name of ['c0', 'c1']) {
      await machine.start(name);
      expect(await machine.ended(name)).toMatchObject({ code: 0 });
    }
    expect(machine.output('c1')).toBe('one\nremoved\n');
  });

  it('are filled by an init container first', async () => {
    const init = { name: 'init', image: BUSYBOX_IMAGE, ...PLAIN, mounts: [mount('shared', '/in')] };
    const machine = containers().group([{ command: sh('cat /out/file'), mounts: [mount('shared', '/out')] }], {
      initContainers: [{ ...init, command: sh('echo from init > /in/file; exit 0') }],
      volumes: [emptyDir('shared')],
    });
    expect(await machine.runInit('init')).toMatchObject({ code: 0 });
    await machine.start('c0');
    await machine.ended('c0');
    expect(machine.output('c0')).toBe('from init\n');
  });

  it('are not filled by one that fails, whose exit code is told', async () => {
    const init = { name: 'init', image: BUSYBOX_IMAGE, ...PLAIN };
    const start = (command: readonly string[]) =>
      containers()
        .group([], { initContainers: [{ ...init, command }] })
        .runInit('init');
    expect(await start(sh('exit 4'))).toMatchObject({ code: 4, reason: 'Error' });
    expect(await start(['/no/program'])).toMatchObject({ code: 128, reason: 'ContainerCannotRun' });
  });

  it('of configuration files hold them at their paths, for every user to read', async () => {
    const files = [
      { path: 'a', content: Buffer.from('A\n') },
      { path: 'deep/er/b', content: Buffer.from([0, 255, 10]) },
    ];
    const output = await containers().sh(
      'cat /config/a; od -An -tx1 /config/deep/er/b; stat -c %a /config/a /config/deep',
      { runAsUser: 1000, mounts: [mount('config', '/config', true)] },
      { volumes: [{ name: 'config', kind: 'config-file', files }] },
    );
    expect(output.replace(/ +/g, ' ')).toBe('A\n 00 ff 0a\n644\n755\n');
  });

  it('that are mounted read-only are read-only', async () => {
    const output = await containers().sh(
      'touch /v/x 2>&1',
      { mounts: [mount('v', '/v', true)] },
      { volumes: [emptyDir('v')] },
    );
    expect(output).toContain('Read-only file system');
  });

  it('may be mounted in one another, whatever their order', async () => {
    const output = await containers().sh(
      'echo 1 > /v/outer; echo 2 > /v/in/inner; ls /w /v/in',
      { mounts: [mount('inner', '/v/in'), mount('outer', '/v'), mount('inner', '/w')] },
      { volumes: [emptyDir('outer'), emptyDir('inner')] },
    );
    expect(output).toBe('/v/in:\ninner\n\n/w:\ninner\n');
  });

  it('that are in memory are shared, hold as much as they may, and are counted apart from all else', async () => {
    const machine = containers().group(
      [
        {
          command: sh('df -k /m | tail -1; echo one > /m/file; echo "$?"'),
          mounts: [mount('shm', '/m')],
          runAsUser: 1000,
        },
        {
          command: sh(
            'cat /n/file; dd if=/dev/zero of=/n/big bs=1M count=8 2>&1 | grep -o "No space.*"; stat -c %a /n',
          ),
          mounts: [mount('shm', '/n')],
          runAsUser: 2000,
        },
      ],
      { volumes: [{ name: 'shm', kind: 'memory', size: 4 * 1024 * 1024, files: [] }] },
    );
    for (const name of ['c0', 'c1']) {
      await machine.start(name);
      await machine.ended(name);
    }
    expect(machine.output('c0')).toMatch(/^tmpfs +4096 +0 .*\n0\n$/);
    expect(machine.output('c1')).toBe('one\nNo space left on device\n777\n');
  });

  it('can be mounted in part: folders that are there, folders that are made, and files', async () => {
    const machine = containers().group(
      [
        {
          command: sh('echo 1 > /part/file; echo 2 > /shm/file'),
          mounts: [part('data', 'a/b', '/part'), part('shm', 's', '/shm')],
          runAsUser: 1000,
        },
        {
          command: sh('cat /data/a/b/file /all/s/file; stat -c %a /data/a/b'),
          mounts: [mount('data', '/data'), mount('shm', '/all')],
        },
        { command: sh('cat /etc/app.conf'), mounts: [part('config', 'conf/app', '/etc/app.conf')] },
      ],
      {
        volumes: [
          emptyDir('data'),
          { name: 'shm', kind: 'memory', files: [] },
          { name: 'config', kind: 'config-file', files: [{ path: 'conf/app', content: Buffer.from('key = 1\n') }] },
        ],
      },
    );
    for (const name of ['c0', 'c1', 'c2']) {
      await machine.start(name);
      await machine.ended(name);
    }
    expect(['c1', 'c2'].map((name) => machine.output(name))).toEqual(['1\n2\n777\n', 'key = 1\n']);
  });

  it('give no part that lies outside of them', async () => {
    const volumes = [emptyDir('data')];
    const machine = containers().group(
      [
        { command: sh('ln -s /etc /data/link'), mounts: [mount('data', '/data')] },
        { command: sh('ls -A /part'), mounts: [part('data', 'link', '/part')] },
      ],
      { volumes },
    );
    for (const name of ['c0', 'c1']) {
      await machine.start(name);
      await machine.ended(name);
    }
    // The link leads to the volume's own /etc, which is new.
    expect(machine.output('c1')).toBe('');
  });

  it('of a file system are a folder of the machine, which stays with what is in it', async () => {
    const { root, group } = containers();
    const folder = join(root, 'nas');
    await mkdir(folder);
    await writeFile(join(folder, 'before'), 'kept\n');
    const machine = group([{ command: sh('cat /nas/before; echo new > /nas/after'), mounts: [mount('nas', '/nas')] }], {
      volumes: [{ name: 'nas', kind: 'file-system', files: [], folder }],
    });
    await machine.start('c0');
    await machine.ended('c0');
    expect(machine.output('c0')).toBe('kept\n');
    await machine.remove();
    expect(await readFile(join(folder, 'after'), 'utf8')).toBe('new\n');
  });

  it('of a file system whose folder is not there end the start with a sentence', async () => {
    const volumes = [{ name: 'nas', kind: 'file-system', files: [], folder: '/no/such/folder' }] as const;
    const start = containers().run({ command: ['/bin/true'], mounts: [mount('nas', '/nas')] }, { volumes });
    await expect(start).rejects.toThrow('/no/such/folder does not exist, and is to be mounted at /nas');
  });
});
