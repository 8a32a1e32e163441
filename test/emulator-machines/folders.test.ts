import { chmod, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ContainerSpec } from '../../src/emulator/machine.ts';
import { processMachines } from '../../src/emulator/machines/process-machines.ts';
import { groupOf } from './machine-group.ts';
import { withRoot } from './running-machine.ts';

const FIELDS = { hostKey: 'host', clientKey: 'client', maxLifetime: 1, abandonAfter: 1 };
const spec = (root: string, address: string, builds: string) => groupOf({ ...FIELDS, root, address, builds });

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

describe('a process machine refuses', () => {
  const refuse = (builds: string) =>
    processMachines({ root: '/srv/cloud' }).refuse(spec('/srv/cloud', '127.130.0.1', builds));

  it.each(['/builds', '/srv/cloud', '/srv/cloud/../builds', '/srv/cloudy'])('a volume at %s', (path) => {
    expect(refuse(path)).toContain(path);
  });

  it.each(['/srv/cloud/builds', '/srv/cloud/..builds'])('none at %s', (path) => {
    expect(refuse(path)).toBeUndefined();
  });

  it('a volume that would have to be at two paths', () => {
    const group = spec('/srv/cloud', '127.130.0.1', '/srv/cloud/builds');
    const mounts = [{ volume: 'builds', path: '/srv/cloud/other', subPath: '', readOnly: false }];
    const helper = { ...(group.containers[0] as ContainerSpec), name: 'helper', mounts };
    const refusal = processMachines({ root: '/srv/cloud' }).refuse({
      ...group,
      containers: [...group.containers, helper],
    });
    expect(refusal).toContain('/srv/cloud/other');
  });
});

describe('a part of a volume', () => {
  const group = (
    root: string,
    subPaths: readonly string[],
    files: readonly { path: string; content: Buffer }[] = [],
  ) => {
    const whole = spec(root, '127.130.0.1', join(root, 'builds'));
    const parts = subPaths.map((subPath) => ({
      volume: 'builds',
      path: join(root, subPath),
      subPath,
      readOnly: false,
    }));
    const helper = { ...(whole.containers[0] as ContainerSpec), name: 'helper', mounts: parts };
    const volumes = whole.volumes.map((each) => (each.name === 'builds' ? { ...each, files } : each));
    return { ...whole, containers: [...whole.containers, helper], volumes };
  };

  it('is a real folder of its own', () =>
    withRoot(async (root) => {
      const machine = processMachines({ root }).create(group(root, ['a', 'b']));
      expect((await machine.runInit('agent')).code).toBe(0);
      expect((await readdir(root)).sort()).toEqual(expect.arrayContaining(['a', 'b', 'builds']));
      await machine.remove();
      expect(await readdir(root)).toEqual([]);
    }));

  it('is refused where the volume has files of its own', () => {
    const machines = processMachines({ root: '/srv/cloud' });
    expect(machines.refuse(group('/srv/cloud', ['a']))).toBeUndefined();
    const files = [{ path: 'a', content: Buffer.from('') }];
    expect(machines.refuse(group('/srv/cloud', ['a'], files))).toContain('cannot mount a of the volume builds');
  });
});

describe('folders of a group', () => {
  it('are made where the mount is, and go with it', () =>
    withRoot(async (root) => {
      const builds = join(root, 'attempt', 'builds');
      const machine = processMachines({ root }).create(spec(root, '127.130.0.1', builds));
      expect((await machine.runInit('agent')).code).toBe(0);
      expect(await exists(builds)).toBe(true);
      await machine.remove();
      expect(await readdir(root)).toEqual([]);
    }));

  it('leave those of another group and of the operator', () =>
    withRoot(async (root) => {
      const machines = processMachines({ root });
      const [one, other] = ['a', 'b'].map((name, index) =>
        machines.create(spec(root, `127.130.0.${index + 1}`, join(root, 'shared', name))),
      );
      await mkdir(join(root, 'kept'));
      const third = machines.create(spec(root, '127.130.0.3', join(root, 'kept')));
      for (const machine of [one, other, third]) await machine?.runInit('agent');
      await one?.remove();
      expect(await readdir(join(root, 'shared'))).toEqual(['b']);
      await other?.remove();
      await third?.remove();
      expect(await readdir(root)).toEqual(['kept']);
    }));

  it('of a file server are elsewhere, and stay', () =>
    withRoot(async (root) => {
      const [builds, server] = [join(root, 'mounts', 'nas'), join(root, 'server')];
      const on = (address: string, folder: string) => {
        const group = spec(root, address, builds);
        const volumes = group.volumes.map((each) =>
          each.name === 'builds' ? ({ ...each, kind: 'file-system', folder } as const) : each,
        );
        return machines.create({ ...group, volumes });
      };
      const machines = processMachines({ root });
      const [one, other] = [on('127.130.0.1', server), on('127.130.0.2', server)];
      expect(await one.runInit('agent')).toMatchObject({ code: 1, message: expect.stringContaining(server) as string });
      await one.remove();
      await mkdir(server);
      for (const machine of [on('127.130.0.1', server), other]) expect((await machine.runInit('agent')).code).toBe(0);
      await writeFile(join(builds, 'file'), 'kept');
      const third = on('127.130.0.3', root);
      expect(await third.runInit('agent')).toMatchObject({
        code: 1,
        message: expect.stringContaining('something else') as string,
      });
      for (const machine of [third, other]) await machine.remove();
      expect(await readdir(server)).toEqual(['file']);
    }));

  it('that two groups share go with the last of them', () =>
    withRoot(async (root) => {
      const machines = processMachines({ root });
      const builds = join(root, 'builds');
      const [one, other] = ['127.130.0.1', '127.130.0.2'].map((address) =>
        machines.create(spec(root, address, builds)),
      );
      for (const machine of [one, other]) await machine?.runInit('agent');
      await one?.remove();
      expect(await exists(builds)).toBe(true);
      await other?.remove();
      expect(await exists(builds)).toBe(false);
    }));

  it('go even if a job has made them read-only', () =>
    withRoot(async (root) => {
      const builds = join(root, 'builds');
      const machine = processMachines({ root }).create(spec(root, '127.130.0.1', builds));
      await machine.runInit('agent');
      const module = join(builds, 'cache', 'module');
      await mkdir(module, { recursive: true });
      await writeFile(join(module, 'file'), '');
      for (const folder of [module, join(builds, 'cache')]) await chmod(folder, 0o555);
      await machine.remove();
      expect(await readdir(root)).toEqual([]);
    }));
});
