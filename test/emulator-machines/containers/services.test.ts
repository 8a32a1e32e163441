import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../conformance/eventually.ts';
import { newId, runRequest } from '../../conformance/run-request.ts';
import { BUSYBOX_IMAGE, DEAF_SERVICE_IMAGE, ENDING_SERVICE_IMAGE, SERVICE_IMAGE } from '../../support/image-names.ts';
import { PLAIN } from '../machine-group.ts';
import { inNetwork, networkOf } from '../networks.ts';
import { bringUp } from '../running-machine.ts';
import { onContainers } from './on-containers.ts';

const WEB = { name: 'web', image: SERVICE_IMAGE, sidecar: true };
const greeting = (value: string) => [{ key: 'GREETING', value }];
const PATIENT = 'fetch() { until wget -qO- "$1" 2>/dev/null; do sleep 0.1; done; }';

/** A container that runs a line of busybox's shell with `fetch URL`, which tries again until there is an answer. */
const script = (line: string) => ({ name: 'build', command: ['/bin/sh', '-c', `${PATIENT}; ${line}`] });

onContainers('a group with services', (containers) => {
  /** @returns what the build container wrote. */
  const build = async (...[parts, more]: Parameters<ReturnType<typeof containers>['group']>): Promise<string> => {
    const machine = containers().group(parts, more);
    for (const { name = '' } of parts) await machine.start(name);
    await machine.ended('build');
    return machine.output('build');
  };

  it('reaches them under their aliases and on every loopback address', async () => {
    const hostAliases = [{ address: '127.0.0.1', names: ['web', 'acme-web'] }];
    const fetches = ['web', 'acme-web', 'localhost', '127.9.9.9'].map((host) => `fetch http://${host}/`).join('; ');
    expect(await build([WEB, script(fetches)], { hostAliases })).toBe('hello\n'.repeat(4));
  });

  it('knows its own name and address, on which its services answer, too', async () => {
    const written = await build([WEB, script('hostname; fetch "http://$(hostname)/"')], { hostName: 'ci-1' });
    expect(written).toBe('ci-1\nhello\n');
  });

  it('has them to itself, when another one has the same at the same time', async () => {
    const pages = ['one', 'two'].map((value) =>
      build([{ ...WEB, env: greeting(value) }, script('fetch http://127.0.0.1/; sleep 1; fetch http://127.0.0.1/')]),
    );
    expect(await Promise.all(pages)).toEqual(['one\none\n', 'two\ntwo\n']);
  });

  it('does not reach what listens on the machine', async () => {
    const server = createServer((socket) => socket.end('from outside')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    const line = `nc 127.0.0.1 ${port}; echo "$?"; ls /sys >/dev/null`;
    expect(await build([script(line)])).toContain('from outside0');
    expect(await build([WEB, script(line)])).toMatch(/Connection refused\n1\n/);
  });

  it('reaches the addresses that it is let out to, to the end of both directions', async () => {
    const { reachablePort } = containers();
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      let bytes = 0;
      socket.on('data', (chunk) => (bytes += chunk.length));
      socket.once('end', () => socket.end(`${bytes} bytes`));
    }).listen(reachablePort, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const line = `head -c 1000000 /dev/zero | nc 127.0.0.1 ${reachablePort}`;
    expect(await build([WEB, script(line)])).toBe('1000000 bytes');
  });

  it('is told when nothing is there any more to be let out to', async () => {
    const { reachablePort } = containers();
    const written = await build([WEB, script(`wget -qO- http://127.0.0.1:${reachablePort}/ 2>&1; echo "$?"`)]);
    expect(written).toMatch(/\n1\n$|^1\n$/);
  });

  it('shows outside what it declares, on its address, and nothing else', async () => {
    const machine = containers().group([
      { ...WEB, ports: [80] },
      { ...WEB, name: 'hidden', args: ['81'] },
    ]);
    for (const name of ['web', 'hidden']) await machine.start(name);
    const { address } = machine.spec;
    await eventually('the page', async () => (await fetch(`http://${address}/`).catch(() => undefined))?.ok ?? false);
    expect(await (await fetch(`http://${address}/`)).text()).toBe('hello\n');
    const socket = connect(81, address);
    await expect(once(socket, 'connect')).rejects.toThrow('ECONNREFUSED');
  });

  it('may declare a port twice, and it stays until the last one has ended', async () => {
    const idle = { image: BUSYBOX_IMAGE, ports: [80], command: ['/bin/sleep', '300'] };
    const machine = containers().group([{ ...WEB, ports: [80] }, idle]);
    await machine.start('web');
    await machine.start('c1');
    machine.end?.('c1', 0);
    await machine.ended('c1');
    const page = `http://${machine.spec.address}/`;
    await eventually('the page', async () => (await fetch(page).catch(() => undefined))?.ok ?? false);
    machine.end?.('web', 0);
    await eventually('its end', async () => (await fetch(page).catch(() => undefined)) === undefined);
  });

  it('has an agent that answers outside, and scripts that reach the services', async () => {
    const { kind, root } = containers();
    const sidecars = [{ ...PLAIN, command: [], ...WEB }];
    const { machine, wire } = await bringUp(root, { kind, sidecars });
    await machine.start('web');
    const line = `${PATIENT}; fetch http://127.0.0.1/; yes | head -c 3000000`;
    const { stdout, last } = await wire.ask('run', runRequest(newId(), line), line);
    expect(last).toMatchObject({ end: 'exited', code: 0 });
    expect(stdout.subarray(0, 8).toString()).toBe('hello\ny\n');
    expect(stdout.length).toBe(3_000_006);
    wire.close();
    await machine.stop(0);
    await machine.remove();
  });

  it('leaves nothing of its network when it is stopped', async () => {
    const machine = containers().group([WEB, script('readlink /proc/self/ns/net; sleep 300')]);
    for (const name of ['web', 'build']) await machine.start(name);
    await eventually('its network', () => machine.output('build').includes('\n'));
    const network = machine.output('build').trim();
    expect(network).not.toBe(await networkOf(process.pid));
    expect((await inNetwork(network)).length).toBeGreaterThan(2);
    await machine.stop(0);
    expect(await inNetwork(network)).toEqual([]);
  });

  it('goes on when one of them ends early or never listens; both are told by their logs', async () => {
    const ending = { name: 'ending', image: ENDING_SERVICE_IMAGE, sidecar: true };
    const deaf = { name: 'deaf', image: DEAF_SERVICE_IMAGE, sidecar: true };
    const machine = containers().group([ending, deaf, script('sleep 300')]);
    for (const { name } of machine.spec.containers) await machine.start(name);
    expect(await machine.ended('ending')).toMatchObject({ code: 3, reason: 'Error' });
    expect(machine.output('ending')).toBe('no password is set\n');
    await eventually('the word of the other', () => machine.output('deaf') === 'starting\n');
    await machine.stop(1);
    expect(await machine.ended('deaf')).toMatchObject({ code: 0 });
  });
});
