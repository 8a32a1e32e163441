import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { connected } from './connected.ts';
import { newId, runRequest } from './run-request.ts';
import type { StartTarget } from './target.ts';
import { dial } from './wire.ts';

/** docs/agent-protocol.md, section 4: how a script comes, and what it finds. */
export function scriptTests(startTarget: StartTarget): void {
  const agent = connected(startTarget);

  describe('a script on its way', () => {
    it('may be empty, two megabytes, or end without a newline', async () => {
      expect((await agent.run('')).last).toMatchObject({ end: 'exited', code: 0 });
      expect((await agent.run(`# ${'x'.repeat(2_000_000)}\necho ok`)).stdout.toString()).toBe('ok\n');
    });

    it('arrives byte for byte', async () => {
      const script = Buffer.concat([
        Buffer.from("printf '%s' '"),
        Buffer.from([0xff, 0xc3, 0x28, 0x0d]),
        Buffer.from("'"),
      ]);
      expect((await agent.run(script)).stdout).toEqual(Buffer.from([0xff, 0xc3, 0x28, 0x0d]));
    });

    it('ends where its length ends', async () => {
      const script = 'echo yes\n';
      const answer = await agent.wire.ask('run', runRequest(newId(), script), `${script}echo no\n`);
      expect(answer.stdout.toString()).toBe('yes\n');
    });

    it('is started without an end of file, once it is whole', async () => {
      const call = await agent.wire.send('run', runRequest(newId(), 'echo yes'), undefined);
      call.channel.write('echo yes');
      expect((await call.answer).stdout.toString()).toBe('yes\n');
    });

    it('is not started when it is too short', async () => {
      const id = newId();
      const script = 'echo started\n';
      const answer = await agent.wire.ask('run', { ...runRequest(id, script), length: script.length + 1 }, script);
      expect(answer.events).toEqual([expect.objectContaining({ event: 'error', error: 'incomplete-script' })]);
      expect((await agent.wire.ask('follow', { id, offset: 0 })).last).toMatchObject({ error: 'no-such-run' });
    });

    it('is not started when the connection is lost, and can be sent again', async () => {
      const id = newId();
      const script = `echo started\n# ${'x'.repeat(100_000)}`;
      const wire = await dial(agent.target);
      const call = await wire.send('run', runRequest(id, script), undefined);
      call.channel.write(script.slice(0, 50_000));
      await sleep(100);
      wire.cut();
      await sleep(100);
      expect((await agent.wire.ask('follow', { id, offset: 0 })).last).toMatchObject({ error: 'no-such-run' });
      const again = await agent.wire.ask('run', runRequest(id, script), script);
      expect(again.events[0]).toMatchObject({ event: 'started', attached: false });
      expect(again.stdout.toString()).toBe('started\n');
    });

    it('finds no shell where none is executable', async () => {
      const answer = await agent.run('true', { shells: ['/no/such/shell', '/', '/etc/passwd'] });
      expect(answer.last).toMatchObject({ error: 'no-shell' });
    });

    it('gets the first shell that there is', async () => {
      const answer = await agent.run('echo ok', { shells: ['/no/such/shell', '/', '/bin/sh'] });
      expect(answer.stdout.toString()).toBe('ok\n');
    });

    it('cannot begin in the middle of its output', async () => {
      const answer = await agent.run('echo started', { offset: 3 });
      expect(answer.last).toMatchObject({ error: 'bad-offset' });
    });
  });

  describe('what a script finds', () => {
    it('an empty stdin, and the rest of itself', async () => {
      const answer = await agent.run('cat; read x || echo empty; echo rest');
      expect(answer.stdout.toString()).toBe('empty\nrest\n');
    });

    it('one pipe for stdout and stderr', async ({ skip }) => {
      skip(!agent.target.hasProc, 'needs /proc');
      const answer = await agent.run('readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2');
      const [stdin, stdout, stderr] = answer.stdout.toString().split('\n');
      expect(stdin).toBe('/dev/null');
      expect(stderr).toBe(stdout);
      // A FIFO that was removed at once is a pipe under another name.
      expect((await agent.run('test -p /proc/$$/fd/1 && echo pipe')).stdout.toString()).toBe('pipe\n');
    });

    it('a session of its own, without a terminal', async ({ skip }) => {
      skip(!agent.target.hasProc, 'needs /proc');
      const answer = await agent.run(
        'read -r pid name state parent group session terminal rest < /proc/$$/stat; echo "$$ $group $session $terminal"',
      );
      const [pid, group, session, terminal] = answer.stdout.toString().trim().split(' ');
      expect([group, session, terminal]).toEqual([pid, pid, '0']);
    });

    it("the container's environment byte for byte, and its folder", async ({ skip }) => {
      skip(!agent.target.hasProc, 'needs /proc');
      const read = 'cat /proc/$$/environ';
      const program = await agent.wire.ask('exec', { argv: ['/bin/cat', '/proc/self/environ'] });
      const [plain, masked] = [await agent.run(read), await agent.run(read, { umask: '0027' })];
      expect(plain.stdout.toString('latin1')).toBe(program.stdout.toString('latin1'));
      expect(masked.stdout.toString('latin1')).toBe(program.stdout.toString('latin1'));
      const folder = await agent.wire.ask('exec', { argv: ['/bin/sh', '-c', 'pwd'] });
      expect((await agent.run('pwd')).stdout.toString()).toBe(folder.stdout.toString());
    });

    it("nothing of the agent's in it", async () => {
      expect((await agent.run('env')).stdout.toString()).not.toMatch(/^(ECI_AGENT|SSH_)/m);
    });

    it('signals that are neither ignored nor blocked', async ({ skip }) => {
      skip(!agent.target.hasProc, 'needs /proc');
      const answer = await agent.run('exec grep -E "^Sig(Blk|Ign)" /proc/self/status');
      expect(answer.stdout.toString()).toMatch(/^SigBlk:\s0+\nSigIgn:\s0+\n$/);
    });

    it('the umask that the request names, or that of the container', async () => {
      const plain = (await agent.run('umask')).stdout.toString();
      for (const umask of ['0000', '022', '77']) {
        const answer = await agent.run('umask', { umask });
        expect(Number.parseInt(answer.stdout.toString(), 8)).toBe(Number.parseInt(umask, 8));
      }
      expect((await agent.run('umask')).stdout.toString()).toBe(plain);
    });

    it('the prefix in front of PATH', async () => {
      const script = 'echo "$PATH"';
      const [changed, plain] = [await agent.run(script, { path_prefix: '/a/b' }), await agent.run(script)];
      expect(changed.stdout.toString()).toBe(`/a/b:${plain.stdout.toString()}`);
    });

    it('its own file gone soon, though it has written nothing', async () => {
      const answer = await agent.run(
        'n=0; while [ -e "$0" ] && [ $n -lt 100 ]; do sleep 0.1; n=$((n + 1)); done; [ -e "$0" ] && echo "is there" || echo "is gone"',
      );
      expect(answer.stdout.toString()).toBe('is gone\n');
    });
  });
}
