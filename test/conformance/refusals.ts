import { describe, expect, it } from 'vitest';
import { connected } from './connected.ts';
import { runRequest } from './run-request.ts';
import type { StartTarget } from './target.ts';

type Done = (error: Error | undefined, result?: unknown) => void;

/** docs/agent-protocol.md, sections 2 and 3: what an agent does not do, its errors, and hello. */
export function refusalTests(startTarget: StartTarget): void {
  const agent = connected(startTarget);
  const outcome = (ask: (done: Done) => void) =>
    new Promise<unknown>((resolve, reject) => ask((error, result) => (error ? reject(error) : resolve(result))));

  describe('what is refused', () => {
    it('a shell', async () => {
      await expect(outcome((done) => agent.wire.client.shell(false, done))).rejects.toThrow();
    });

    it('a terminal', async () => {
      await expect(agent.wire.open('hello {"protocol":1}', { exec: { pty: true } })).rejects.toThrow();
    });

    it('X11', async () => {
      await expect(agent.wire.open('hello {"protocol":1}', { exec: { x11: true } })).rejects.toThrow();
    });

    it('a subsystem', async () => {
      await expect(outcome((done) => agent.wire.client.subsys('sftp', done))).rejects.toThrow();
    });

    it('forwarding, in both directions', async () => {
      const { client } = agent.wire;
      const { port } = agent.target;
      await expect(outcome((done) => client.forwardOut('127.0.0.1', 1, '127.0.0.1', port, done))).rejects.toThrow();
      await expect(outcome((done) => client.forwardIn('127.0.0.1', 0, done))).rejects.toThrow();
      await expect(outcome((done) => client.openssh_forwardOutStreamLocal('/x', done))).rejects.toThrow();
    });

    it('a variable for the script', async () => {
      const script = 'echo "[$ECI_FROM_CLIENT]"';
      const command = `run ${JSON.stringify({ protocol: 1, ...runRequest('environment-request', script) })}`;
      const call = await agent.wire.open(command, { exec: { env: { ECI_FROM_CLIENT: 'x' } } });
      call.channel.end(script);
      expect((await call.answer).stdout.toString()).toBe('[]\n');
    });
  });

  describe('an error', () => {
    const run = (members: object) => `run ${JSON.stringify({ protocol: 1, ...runRequest('x', ''), ...members })}`;
    it.each([
      ['dance {"protocol":1}', 'unknown-verb'],
      ['', 'unknown-verb'],
      ['constructor {"protocol":1}', 'unknown-verb'],
      ['hello', 'bad-request'],
      ['hello []', 'bad-request'],
      ['hello {', 'bad-request'],
      ['hello {}', 'bad-request'],
      ['hello {"protocol":"1"}', 'bad-request'],
      ['hello {"protocol":2}', 'bad-protocol'],
      ['run {"protocol":1}', 'bad-request'],
      [run({ id: '../x' }), 'bad-request'],
      [run({ id: '.x' }), 'bad-request'],
      [run({ id: '' }), 'bad-request'],
      [run({ id: 'x'.repeat(65) }), 'bad-request'],
      [run({ id: 'a\nb' }), 'bad-request'],
      [run({ id: 7 }), 'bad-request'],
      [run({ length: -1 }), 'bad-request'],
      [run({ length: 1.5 }), 'bad-request'],
      [run({ length: '0' }), 'bad-request'],
      [run({ offset: -1 }), 'bad-request'],
      [run({ shells: [] }), 'bad-request'],
      [run({ shells: '/bin/sh' }), 'bad-request'],
      [run({ umask: '9' }), 'bad-request'],
      [run({ kill_after: -1 }), 'bad-request'],
      ['follow {"protocol":1,"id":"never-started","offset":0}', 'no-such-run'],
      ['follow {"protocol":1,"offset":0}', 'bad-request'],
      ['kill {"protocol":1,"id":"x","signal":"STOP"}', 'bad-request'],
      ['kill {"protocol":1,"id":"x"}', 'bad-request'],
      ['exec {"protocol":1,"argv":[]}', 'bad-request'],
      ['exec {"protocol":1}', 'bad-request'],
    ])('answers %j: %s', async (command, error) => {
      const call = await agent.wire.open(command);
      call.channel.end();
      const { stdout, events, status } = await call.answer;
      expect(events).toEqual([{ event: 'error', error, message: expect.stringMatching(/./) as string }]);
      expect([stdout.length, status]).toEqual([0, 255]);
    });

    it('about the protocol names the versions that are spoken', async () => {
      const answer = await agent.wire.ask('hello', { protocol: 99 });
      expect(answer.last?.message).toMatch(/\b1\b/);
    });

    it('leaves the connection as it is', async () => {
      await agent.wire.ask('dance');
      expect((await agent.wire.ask('hello')).status).toBe(0);
    });
  });

  describe('hello', () => {
    it('says who answers', async () => {
      const { stdout, stderr, status } = await agent.wire.ask('hello', { unknown: 'members are ignored' });
      expect([status, stderr]).toEqual([0, '']);
      const hello = JSON.parse(stdout.toString('utf8')) as Record<string, unknown>;
      expect(hello).toMatchObject({ protocol: 1, container: agent.target.container });
      expect(hello.agent).toMatch(/./);
      expect(hello.arch).toMatch(/^[a-z0-9]+$/);
      const user = await agent.wire.ask('exec', { argv: ['/bin/sh', '-c', 'id -u'] });
      expect(hello.uid).toBe(Number(user.stdout.toString()));
      expect(hello.uptime).toBeGreaterThanOrEqual(0);
    });

    it('takes a command of 32 KiB, in UTF-8', async () => {
      const padding = 'ü'.repeat((32 * 1024 - 60) / 2);
      expect((await agent.wire.ask('hello', { padding })).status).toBe(0);
    });
  });
}
