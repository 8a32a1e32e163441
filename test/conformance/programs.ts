import { describe, expect, it } from 'vitest';
import { connected } from './connected.ts';
import type { StartTarget } from './target.ts';

/** docs/agent-protocol.md, section 6. */
export function programTests(startTarget: StartTarget): void {
  const agent = connected(startTarget);
  const shell = (script: string, more: object = {}) =>
    agent.wire.ask('exec', { argv: ['/bin/sh', '-c', script], ...more });

  describe('exec', () => {
    it('runs a program with its own streams and status', async () => {
      const answer = await shell('echo out; echo err >&2; cat; exit 5');
      expect([answer.stdout.toString(), answer.stderr, answer.status]).toEqual(['out\n', 'err\n', 5]);
    });

    it('takes words as they are', async () => {
      const word = '$HOME "; exit 9 # \'ü\n';
      const answer = await agent.wire.ask('exec', { argv: ['/bin/sh', '-c', 'printf "%s" "$1"', 'sh', word] });
      expect(answer.stdout.toString()).toBe(word);
    });

    it('puts the prefix in front of PATH', async () => {
      const [changed, plain] = [await shell('echo "$PATH"', { path_prefix: '/a/b' }), await shell('echo "$PATH"')];
      expect(changed.stdout.toString()).toBe(`/a/b:${plain.stdout.toString()}`);
    });

    it('loses nothing of large streams', async () => {
      const answer = await shell('head -c 10000000 /dev/zero; head -c 1000000 /dev/zero | tr "\\0" x >&2');
      expect([answer.stdout.length, answer.stderr.length, answer.status]).toEqual([10_000_000, 1_000_000, 0]);
    });

    it('reports the signal that has ended a program', async () => {
      expect((await shell('kill -TERM $$')).signal).toBe('SIGTERM');
    });

    it('ends a program at its timeout with 124', async () => {
      const answer = await shell('echo $$; sleep 120', { timeout: 0.5 });
      expect(answer.status).toBe(124);
      await agent.vanished(answer.stdout.toString().trim());
    });

    it('ends a program whose channel is closed', async () => {
      const call = await agent.wire.send('exec', { argv: ['/bin/sh', '-c', 'echo $$; exec sleep 120'] }, '');
      await call.bytes(2);
      const pid = call.soFar().stdout.toString().trim();
      call.channel.close();
      await agent.vanished(pid);
    });

    it('leaves nothing of a program that has ended by itself', async () => {
      const answer = await shell('sleep 120 > /dev/null 2>&1 & echo $!');
      expect(answer.status).toBe(0);
      await agent.vanished(answer.stdout.toString().trim());
    });

    it('says 127 for a program that cannot be started', async () => {
      const answer = await agent.wire.ask('exec', { argv: ['/no/such/program'] });
      expect(answer.status).toBe(127);
      expect(answer.stderr).toMatch(/.\n$/);
    });
  });
}
