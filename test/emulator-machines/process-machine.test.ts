import { createServer } from 'node:net';
import { once } from 'node:events';
import { readdir, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { processMachines } from '../../src/emulator/machines/process-machines.ts';
import { newId, runRequest } from '../conformance/run-request.ts';
import { freeAddress, groupOf, outputOf, PLAIN, PORT } from './machine-group.ts';
import { bringUp, withRoot } from './running-machine.ts';

const FIELDS = { hostKey: 'host', clientKey: 'client', maxLifetime: 1, abandonAfter: 1 };

describe('install', () => {
  it('shares the keys out, readable by all, and links gitlab-runner', () =>
    withRoot(async (root) => {
      const machine = processMachines({ root, gitlabRunner: '/usr/bin/env' }).create(
        groupOf({ ...FIELDS, root, address: '127.130.0.1' }),
      );
      expect(await machine.runInit('agent')).toEqual({ code: 0, reason: 'Completed', message: '' });
      const volumes = join(root, 'group-127.130.0.1', 'volumes');
      const keys = join(volumes, 'eci-keys-build');
      expect((await readdir(keys)).sort()).toEqual(['authorized_keys', 'host_key']);
      expect((await stat(join(keys, 'host_key'))).mode & 0o777).toBe(0o444);
      expect(await readlink(join(volumes, 'eci-agent', 'bin', 'gitlab-runner'))).toBe('/usr/bin/env');
      await machine.remove();
    }));

  it('that fails says why', () =>
    withRoot(async (root) => {
      const spec = groupOf({ ...FIELDS, root, address: '127.130.0.1' });
      const initContainers = spec.initContainers.map((each) => ({ ...each, command: ['/bin/true'] }));
      const exit = await processMachines({ root })
        .create({ ...spec, initContainers })
        .runInit('agent');
      expect(exit).toMatchObject({ code: 1, reason: 'Error', message: expect.stringContaining('/bin/true') as string });
    }));
});

describe('a group that is removed', () => {
  it('while its keys are being shared out lets that come to its end first, and leaves nothing', () =>
    withRoot(async (root) => {
      const spec = groupOf({ ...FIELDS, root, address: freeAddress() });
      // So many that it takes its time, and goes on while the first ones are removed.
      const files = Array.from({ length: 3000 }, (_, index) => ({ path: `build/${index}`, content: Buffer.from('') }));
      const volumes = spec.volumes.map((each) => (each.name === 'eci-keys' ? { ...each, files } : each));
      const machine = processMachines({ root }).create({ ...spec, volumes });
      const installed = machine.runInit('agent');
      const shared = join(spec.folder, 'volumes', 'eci-keys-build');
      const count = (): Promise<number> =>
        readdir(shared).then(
          ({ length }) => length,
          () => 0,
        );
      await expect.poll(count, { timeout: 20_000, interval: 1 }).toBeGreaterThan(100);
      await machine.stop(0);
      await machine.remove();
      expect((await installed).code).toBe(0);
      await expect(stat(spec.folder)).rejects.toThrow('ENOENT');
    }));
});

describe('a container', () => {
  it('that is not the agent does not start', () =>
    withRoot(async (root) => {
      const spec = groupOf({ ...FIELDS, root, address: '127.130.0.1' });
      const containers = spec.containers.map((each) => ({ ...each, command: ['postgres'] }));
      const machine = processMachines({ root }).create({ ...spec, containers });
      await expect(machine.start('build')).rejects.toThrow(/run the agent only, not "postgres"/);
      await machine.remove();
    }));

  it('that is a sidecar starts without any program, says so in its log, and ends when it is told to', () =>
    withRoot(async (root) => {
      const spec = groupOf({ ...FIELDS, root, address: '127.130.0.1' });
      const sidecars = ['one', 'two'].map((name) => ({
        name,
        image: 'postgres:18',
        ...PLAIN,
        command: [],
        sidecar: true,
      }));
      const machine = processMachines({ root }).create({ ...spec, containers: sidecars });
      for (const { name } of sidecars) await machine.start(name);
      expect(outputOf(machine, 'one')).toContain('nothing runs in this sidecar');
      machine.end?.('one', 3);
      expect(await machine.ended('one')).toMatchObject({ code: 3, reason: 'Error' });
      await machine.stop(60);
      expect(await machine.ended('two')).toMatchObject({ code: 143, reason: 'Error' });
      await machine.remove();
    }));

  it('does not start on a port that is taken', () =>
    withRoot(async (root) => {
      const address = freeAddress();
      const taken = createServer().listen(PORT, address);
      await once(taken, 'listening');
      const { machine } = await bringUp(root);
      await machine.stop(0);
      await expect(bringUp(root, { address })).rejects.toThrow(/EADDRINUSE/);
      taken.close();
    }));

  it('has a PATH, a home of its own, the variables of the create call and the mark of its group, nothing else', () =>
    withRoot(async (root) => {
      const { machine, spec, wire } = await bringUp(root, { env: [{ key: 'A', value: 'b c' }] });
      const { stdout } = await wire.ask('exec', { argv: ['/usr/bin/env', '-0'] });
      const home = join(spec.folder, 'home');
      expect(stdout.toString().split('\0').sort()).toEqual([
        '',
        'A=b c',
        `ECI_EMULATOR_GROUP=${home}`,
        `HOME=${home}`,
        `PATH=${process.env.PATH}`,
      ]);
      await machine.stop(0);
    }));

  it('finds gitlab-runner by the prefix that the driver sends', () =>
    withRoot(async (root) => {
      const { machine, wire } = await bringUp(root, { gitlabRunner: '/bin/echo' });
      const script = 'gitlab-runner cache-extractor';
      const answer = await wire.ask('run', runRequest(newId(), script, { path_prefix: '/eci/agent/bin' }), script);
      expect(answer.stdout.toString()).toBe('cache-extractor\n');
      await machine.stop(0);
    }));
});
