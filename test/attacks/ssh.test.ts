import { createServer } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import ssh2 from 'ssh2';
import { keyPair } from '../conformance/key-pair.ts';
import { dial, type Endpoint } from '../conformance/wire.ts';
import { type PreparedJob, prepareJob } from '../support/prepared-job.ts';
import { startWorld, type World } from '../support/world.ts';

/** Password, agent forwarding, ports, shells: test/conformance/access.ts and refusals.ts, which both agents have to pass. */

let world: World;
afterEach(() => world.stop());

const REFUSED = /authentication methods failed/;

async function endpointsOf(job: PreparedJob): Promise<Record<'helper' | 'build', Endpoint>> {
  const { address, ports, hostKeys, clientKey } = (await job.record()).machine;
  const of = (container: 'helper' | 'build') => ({
    address,
    port: ports[container],
    hostKey: hostKeys[container],
    clientKey,
  });
  return { helper: of('helper'), build: of('build') };
}

/** Listens with a key of its own and lets everybody in. */
async function startImpostor(hostKey = keyPair().private) {
  const seen: string[] = [];
  const ssh = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (context) => {
      seen.push(`authentication ${context.method}`);
      context.accept();
    });
    client.on('session', () => seen.push('session'));
  });
  const listener = createServer((socket) => {
    seen.push('connection');
    ssh.injectSocket(socket);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void listener.close());
  return { seen, port: (listener.address() as { port: number }).port };
}

describe('who gets to the SSH of a group', () => {
  it('is its own manager alone: the keys of another job of the same manager open nothing', async () => {
    world = await startWorld();
    const [mine, others] = [await prepareJob(world), await prepareJob(world)];
    const [own, foreign] = [await endpointsOf(mine), await endpointsOf(others)];
    for (const container of ['helper', 'build'] as const) {
      const wire = await dial(own[container]);
      expect((await wire.ask('hello')).status).toBe(0);
      wire.close();
      const { clientKey } = foreign[container];
      expect(clientKey).not.toBe(own[container].clientKey);
      await expect(dial({ ...own[container], clientKey })).rejects.toThrow(REFUSED);
    }
    for (const job of [mine, others]) await job.cleanup();
    await world.nothingLeft();
  });

  it('is nobody after the job: the keys are gone with the record, and the next job has others', async () => {
    world = await startWorld();
    const first = await prepareJob(world);
    const known = await endpointsOf(first);
    await first.cleanup();
    expect(await world.records()).toEqual([]);
    await world.nothingLeft();
    const second = await prepareJob(world);
    const present = await endpointsOf(second);
    for (const container of ['helper', 'build'] as const) {
      expect(present[container].hostKey).not.toBe(known[container].hostKey);
      await expect(dial({ ...present[container], clientKey: known[container].clientKey })).rejects.toThrow(REFUSED);
    }
    await second.cleanup();
    await world.nothingLeft();
  });
});

describe('a machine that answers in place of the group', () => {
  it('is shown neither the key nor the script, whoever it lets in', async () => {
    world = await startWorld();
    const job = await prepareJob(world);
    const impostor = await startImpostor();
    await job.reach('127.0.0.1', impostor.port);
    const { code, stdout } = await job.run('echo the script and its secrets');
    expect(code).toBe(2);
    expect(stdout.toString('utf8')).toContain('its host key is another');
    expect(new Set(impostor.seen)).toEqual(new Set(['connection']));
    await job.cleanup();
    await world.nothingLeft();
  });

  it('is found out when build answers where helper belongs', async () => {
    world = await startWorld();
    const job = await prepareJob(world);
    const { address, ports } = (await job.record()).machine;
    // Build has the key of its own container, and no other one.
    await job.reach(address, ports.build);
    const { code, stdout } = await job.run('echo with the token of the job', 'get_sources');
    expect(code).toBe(2);
    expect(stdout.toString('utf8')).toContain('its host key is another');
    expect(stdout.toString('utf8')).not.toContain('with the token');
    await job.cleanup();
    await world.nothingLeft();
  });
});
