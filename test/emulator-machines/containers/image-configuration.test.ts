import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ContainerSpec } from '../../../src/emulator/machine.ts';
import { BUSYBOX_IMAGE, TOOL_IMAGE } from '../../support/image-names.ts';
import { onContainers, written } from './on-containers.ts';

onContainers("a container's program", (containers) => {
  const ECHO = { Entrypoint: ['/bin/echo', 'entrypoint'], Cmd: ['command'] };

  it.each([
    ["is the image's entrypoint with its command", {}, 'entrypoint command\n'],
    ["has the create call's arguments in place of the image's command", { args: ['a', 'b'] }, 'entrypoint a b\n'],
    ["is the create call's command, and then nothing of the image's", { command: ['/bin/echo'] }, '\n'],
    ["is the create call's command with its arguments", { command: ['/bin/echo'], args: ['a'] }, 'a\n'],
  ])('%s', async (_, given, output) => {
    const { images, run } = containers();
    await images.addBusybox('echo:1', ECHO);
    expect(await run({ image: 'echo:1', ...given })).toMatchObject({ code: 0, log: output });
  });

  it('is found by the PATH of the image', async () => {
    expect(await containers().run({ image: TOOL_IMAGE, command: ['tool', 'works'] })).toMatchObject({
      log: 'tool works\n',
    });
  });

  it.each([
    ['that does not exist', ['/bin/nothing'], 'exec: "/bin/nothing": no such file or directory'],
    ['that nobody may execute', ['/etc/hosts'], 'exec: "/etc/hosts": permission denied'],
    ['that nobody has named', [], 'no command specified: the image has none, and the create call neither'],
  ])('%s cannot be started, and says why', async (_, command, sentence) => {
    const machine = containers().group([{ command }]);
    await expect(machine.start('c0')).rejects.toThrow(sentence);
  });

  it.each([0, 3, 77, 127, 255])('ends with its own exit code %d', async (code) => {
    expect(await containers().run({ command: ['/bin/sh', '-c', `exit ${code}`] })).toMatchObject({
      code,
      reason: code === 0 ? 'Completed' : 'Error',
    });
  });

  it('is the first process, in a list of processes of its own', async () => {
    expect(await containers().sh('echo $$; ls -d /proc/[0-9]* | wc -l')).toMatch(/^1\n[2-5]\n$/);
  });
});

onContainers("a container's environment", (containers) => {
  const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '' && !line.startsWith('PWD='));

  it("is the image's, what runtimes add, and nothing of the machine's", async () => {
    const log = (await containers().run({ image: TOOL_IMAGE, command: ['/bin/env'] })).log;
    expect(lines(log).sort()).toEqual(['HOME=/', 'HOSTNAME=group', 'PATH=/opt/tool/bin:/bin', 'TOOL_HOME=/opt/tool']);
  });

  it("is the create call's where both name a variable, blanks and newlines included", async () => {
    const env = [
      { key: 'TOOL_HOME', value: 'two words\nand a line' },
      { key: 'EMPTY', value: '' },
    ];
    const log = await containers().sh('echo "$TOOL_HOME|${EMPTY-unset}|"', { image: TOOL_IMAGE, env });
    expect(log).toBe('two words\nand a line||\n');
  });

  it('has the usual PATH where the image has none', async () => {
    expect(await containers().sh('echo $PATH')).toBe('/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n');
  });
});

onContainers("a container's working directory", (containers) => {
  it("is the create call's, else the image's, else the root, and is made if it is missing", async () => {
    const { images, sh } = containers();
    await images.addBusybox('work:1', { WorkingDir: '/from/image' });
    expect(await sh('pwd')).toBe('/\n');
    expect(await sh('pwd', { image: 'work:1' })).toBe('/from/image\n');
    expect(await sh('pwd', { image: 'work:1', workingDir: '/from/call' })).toBe('/from/call\n');
    expect(await sh('pwd', { workingDir: '/from/call', runAsUser: 1000, readOnlyRoot: true })).toBe('/from/call\n');
  });
});

onContainers("a container's user", (containers) => {
  const PASSWD = 'root:x:0:0::/root:/bin/sh\nbuilder:x:1200:1300::/home/builder:/bin/sh\n';
  const withUsers = (name: string, User: string) =>
    containers().images.addBusybox(name, { User }, async (rootfs) => {
      await mkdir(join(rootfs, 'etc'));
      await writeFile(join(rootfs, 'etc/passwd'), PASSWD);
      await writeFile(join(rootfs, 'etc/group'), 'staff:x:50:\n');
    });
  const WHO = 'echo $(id -u) $(id -g) $HOME';

  it.each([
    ['', {}, '0 0 /root'],
    ['builder', {}, '1200 1300 /home/builder'],
    ['1200', {}, '1200 1300 /home/builder'],
    ['builder:staff', {}, '1200 50 /home/builder'],
    ['1000:1001', {}, '1000 1001 /'],
    ['1000', {}, '1000 0 /'],
    ['builder', { runAsUser: 1000 }, '1000 0 /'],
    ['builder', { runAsUser: 0 }, '0 0 /root'],
    ['', { runAsUser: 1000, runAsGroup: 2000 }, '1000 2000 /'],
  ])('is, where the image says "%s" and the create call %o: %s', async (user, given, who) => {
    await withUsers('users:1', user);
    expect(await containers().sh(WHO, { image: 'users:1', ...given })).toBe(`${who}\n`);
  });

  it.each([
    ['nobody-knows', 'unable to find user nobody-knows: no matching entries in passwd file'],
    ['builder:nothing', 'unable to find group nothing: no matching entries in group file'],
  ])('that the image does not have (%s) ends the start with a sentence', async (user, sentence) => {
    await withUsers('users:1', user);
    await expect(containers().run({ image: 'users:1', command: ['/bin/true'] })).rejects.toThrow(sentence);
  });

  it('that is not root cannot write what belongs to root, unless everybody is the one who started the emulator', async () => {
    const line = 'touch /bin/x 2>/dev/null && echo written || echo refused; touch /tmp/x && echo tmp; ls /bin/sh';
    const isRoot = process.getuid?.() === 0;
    expect(await containers().sh(line, { runAsUser: 1000 })).toBe(`${isRoot ? 'refused' : 'written'}\ntmp\n/bin/sh\n`);
  });

  it('that is root has no more power over the machine than Docker leaves to it', async () => {
    const output = await containers().sh(
      'mount -t tmpfs none /tmp 2>/dev/null || echo no mount; chown 1 /tmp 2>/dev/null; hostname x 2>/dev/null || echo no hostname',
    );
    expect(output).toBe('no mount\nno hostname\n');
  });
});

onContainers("a container's root file system", (containers) => {
  it('is its own: what it writes, another one of the same image does not see', async () => {
    const machine = containers().group([
      { command: ['/bin/sh', '-c', 'echo mine > /file; cat /file; exec sleep 300'] },
      { command: ['/bin/sh', '-c', '! ls /file'] },
    ]);
    await machine.start('c0');
    expect(await written(machine, 'c0')).toBe('mine\n');
    await machine.start('c1');
    expect(await machine.ended('c1')).toMatchObject({ code: 0 });
  });

  it('is read-only where the create call says so, apart from volumes', async () => {
    const output = await containers().sh(
      'touch /x 2>&1; touch /tmp/x 2>&1; touch /data/x && echo volume',
      { readOnlyRoot: true, mounts: [{ volume: 'data', path: '/data', subPath: '', readOnly: false }] },
      { volumes: [{ name: 'data', kind: 'empty-dir', files: [] }] },
    );
    expect(output).toBe('touch: /x: Read-only file system\ntouch: /tmp/x: Read-only file system\nvolume\n');
  });

  it('keeps modes of its folders where a mount had to be made in them', async () => {
    const { images, sh } = containers();
    await images.addBusybox('closed:1', {}, async (rootfs) => {
      await mkdir(join(rootfs, 'srv'));
      await chmod(join(rootfs, 'srv'), 0o1777);
    });
    const mounts = [{ volume: 'data', path: '/srv/a/b', subPath: '', readOnly: false }];
    const output = await sh('stat -c "%a %n" /srv /srv/a /srv/a/b', { image: 'closed:1', mounts }, DATA);
    expect(output).toBe('1777 /srv\n755 /srv/a\n777 /srv/a/b\n');
  });
});

/** Number of its bit (man 7 capabilities). */
const NET_ADMIN = 12n;
const DATA = { volumes: [{ name: 'data', kind: 'empty-dir', files: [] }] } as const;

onContainers("a container's network", (containers) => {
  it('has the names of the group', async () => {
    const hostAliases = [{ address: '127.0.0.1', names: ['postgres', 'db'] }];
    const machine = containers().group([{ command: ['/bin/sh', '-c', 'hostname; cat /etc/hostname /etc/hosts'] }], {
      hostAliases,
    });
    await machine.start('c0');
    await machine.ended('c0');
    const [name, file, ...hosts] = machine.output('c0').trimEnd().split('\n');
    expect([name, file]).toEqual(['group', 'group']);
    expect(hosts).toContain(`${machine.spec.podAddress}\tgroup`);
    expect(hosts).toContain('127.0.0.1\tpostgres\tdb');
  });
});

onContainers('a container', (containers) => {
  it('looks names up as the group says', async () => {
    const resolver = { nameServers: ['127.0.0.53'], searches: ['a.test', 'b.test'], options: ['ndots:2'] };
    const file = await containers().sh('cat /etc/resolv.conf', {}, { resolver });
    expect(file).toBe('nameserver 127.0.0.53\nsearch a.test b.test\noptions ndots:2\n');
  });

  it('that may not be root does not start as root', async () => {
    const { sh } = containers();
    expect(await sh('id -u', { nonRoot: true, runAsUser: 1000 })).toBe('1000\n');
    await expect(sh('id -u', { nonRoot: true })).rejects.toThrow(
      'container has runAsNonRoot and image will run as root',
    );
  });

  it('can change its network where that is its own, and it is asked for', async () => {
    const capabilities = ['NET_ADMIN'];
    const mayChange = async (container: Partial<ContainerSpec>): Promise<boolean> => {
      const effective = /^CapEff:\s+(\w+)/.exec(await containers().sh('grep CapEff /proc/self/status', container))?.[1];
      return (BigInt(`0x${effective}`) & (1n << NET_ADMIN)) !== 0n;
    };
    expect(await mayChange({ sidecar: true, capabilities })).toBe(true);
    expect(await mayChange({ sidecar: true })).toBe(false);
    // The machine's network is no container's to change.
    expect(await mayChange({ capabilities })).toBe(false);
  });
});

onContainers('an image', (containers) => {
  it('that is not in the store is none', () => {
    const { kind } = containers();
    expect(['nope:1', BUSYBOX_IMAGE, 'docker.io/library/busybox:1'].map((each) => kind.hasImage?.(each))).toEqual([
      false,
      true,
      true,
    ]);
  });
});
