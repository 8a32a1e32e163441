import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { dial } from '../../conformance/wire.ts';
import { newId, runRequest } from '../../conformance/run-request.ts';
import { keyPair } from '../../conformance/key-pair.ts';
import { PORT } from '../machine-group.ts';
import { bringUp } from '../running-machine.ts';
import { onContainers } from './on-containers.ts';

onContainers('the relay of a group', (containers) => {
  const up = async () => {
    const { kind, root } = containers();
    const one = await bringUp(root, { kind });
    return {
      ...one,
      down: async () => {
        one.wire.close();
        await one.machine.stop(0);
        await one.machine.remove();
      },
    };
  };

  it('leads to its own group, when two listen on the same port', async () => {
    const groups = await Promise.all([up(), up()]);
    const hosts = await Promise.all(
      groups.map(async ({ wire }) => {
        const script = 'cat /etc/hosts';
        return (await wire.ask('run', runRequest(newId(), script), script)).stdout.toString();
      }),
    );
    groups.forEach(({ spec }, index) => expect(hosts[index]).toContain(spec.podAddress));
    for (const { down } of groups) await down();
  });

  it('passes ten megabytes as they are', async () => {
    const { wire, down } = await up();
    const script = 'yes 0123456789 | head -c 10000000';
    const { stdout, last } = await wire.ask('run', runRequest(newId(), script), script);
    expect(last).toMatchObject({ end: 'exited', code: 0, size: 10_000_000 });
    expect(stdout.equals(Buffer.alloc(10_000_000, '0123456789\n'))).toBe(true);
    await down();
  });

  it('holds bytes up while it stalls, and passes them on afterwards', async () => {
    const { machine, wire, down } = await up();
    const script = 'for i in 1 2 3 4 5; do echo $i; sleep 0.2; done';
    const call = await wire.send('run', runRequest(newId(), script), script);
    await call.bytes(2);
    machine.connections?.({ mode: 'stall', seconds: 0 });
    const before = call.received;
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(call.received - before).toBeLessThan(4);
    machine.connections?.({ mode: 'normal', seconds: 0 });
    expect((await call.answer).stdout.toString()).toBe('1\n2\n3\n4\n5\n');
    await down();
  });

  it('ends connections when it drops them, and takes none until it is normal again', async () => {
    const { machine, spec, wire, down } = await up();
    const closed = once(wire.client, 'close');
    machine.connections?.({ mode: 'drop', seconds: 0 });
    await closed;
    const socket = connect(PORT, spec.address);
    socket.on('error', () => undefined);
    await once(socket, 'close');
    expect(socket.bytesRead).toBe(0);
    machine.connections?.({ mode: 'normal', seconds: 0 });
    const again = connect(PORT, spec.address);
    expect(String((await once(again, 'data'))[0])).toContain('SSH-2.0');
    again.destroy();
    await down();
  });

  it('refuses connections once its container has ended', async () => {
    const { machine, spec, down } = await up();
    machine.end?.('build', 1);
    await machine.ended('build');
    const key = keyPair();
    const late = dial({ address: spec.address, port: PORT, hostKey: key.public, clientKey: key.private });
    await expect(late).rejects.toThrow(/ECONNREFUSED/);
    await down();
  });

  it('does not listen for an agent that is to be deaf', async () => {
    const { group } = containers();
    const quirks = { deaf: true, foreignHostKey: false, protocolVersion: undefined };
    const machine = group([{ command: ['/bin/sleep', '300'], ports: [PORT], quirks }]);
    await machine.start('c0');
    const socket = connect(PORT, machine.spec.address);
    await expect(once(socket, 'connect')).rejects.toThrow('ECONNREFUSED');
  });

  it('needs its ports: a container whose port is taken does not start', async () => {
    const machine = containers().group([{ command: ['/bin/sleep', '300'], ports: [PORT] }]);
    const taken = createServer().listen(PORT, machine.spec.address);
    await once(taken, 'listening');
    await expect(machine.start('c0')).rejects.toThrow('EADDRINUSE');
    taken.close();
  });
});
