import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { connected } from './connected.ts';
import { LARGE_BYTES, LARGE_SCRIPT, largeHash } from './large-output.ts';
import { newId } from './run-request.ts';
import type { StartTarget } from './target.ts';

/** docs/agent-protocol.md, section 4: output and ends. */
export function outputTests(startTarget: StartTarget): void {
  const agent = connected(startTarget);

  describe('the end of a script', () => {
    it.each([0, 1, 2, 77, 127, 255])('that exits %d', async (code) => {
      const answer = await agent.run(`exit ${code}`);
      expect(answer.events).toEqual([
        { event: 'started', attached: false, size: 0 },
        { event: 'end', end: 'exited', code, size: 0 },
      ]);
      expect(answer.status).toBe(code);
    });

    it.each(['KILL', 'TERM', 'SEGV', 'HUP'])('that is killed by %s', async (signal) => {
      const answer = await agent.run(`kill -${signal} $$; sleep 10`);
      expect(answer.last).toEqual({ event: 'end', end: 'signalled', signal, size: 0 });
      expect([answer.status, answer.signal]).toEqual([undefined, `SIG${signal}`]);
    });

    it('whose child was killed is the shell’s own', async () => {
      expect((await agent.run("sh -c 'kill -KILL $$'; exit $?")).last).toMatchObject({ end: 'exited', code: 137 });
    });

    it('counts every byte', async () => {
      const answer = await agent.run('printf 12345; exit 3');
      expect(answer.stdout.toString()).toBe('12345');
      expect(answer.last).toEqual({ event: 'end', end: 'exited', code: 3, size: 5 });
    });

    it('does not wait for what goes on in the background and holds the output', async () => {
      const answer = await agent.run('sleep 120 & echo $!');
      expect(answer.last).toMatchObject({ end: 'exited', code: 0 });
      await agent.run(`kill -9 ${answer.stdout.toString()}`);
    });

    it('waits for a background process that is about to write', async () => {
      const answer = await agent.run('(sleep 0.1; echo late) & echo early');
      expect(answer.stdout.toString()).toBe('early\nlate\n');
    });

    it('comes through a background process that never stops writing', async () => {
      const answer = await agent.run('echo $$; yes & exit 4');
      const { last, stdout } = answer;
      expect(last).toMatchObject({ end: 'exited', code: 4, size: stdout.length });
      await agent.run(`kill -9 -${stdout.subarray(0, 20).toString().split('\n')[0]}`);
    });

    it('is no end for a background process that writes on: nothing of it is logged, and no signal hits it', async () => {
      const id = newId();
      const script = '(sleep 1; echo late; echo later; exec sleep 120) & echo $!';
      const answer = await (await agent.start(id, script)).answer;
      const pid = answer.stdout.toString().trim();
      // Time enough to write twice: a broken pipe would have ended it at the second line.
      await agent.wire.ask('exec', { argv: ['/bin/sh', '-c', 'sleep 1.5'] });
      expect(await agent.isAlive(pid)).toBe(true);
      const later = await agent.wire.ask('follow', { id, offset: 0 });
      expect([later.stdout.toString(), later.last?.size]).toEqual([`${pid}\n`, pid.length + 1]);
      await agent.run(`kill -9 ${pid}`);
    });

    it('loses no line that a process substitution still carries', async ({ skip }) => {
      const { status } = await agent.wire.ask('exec', { argv: ['/bin/sh', '-c', 'test -x /bin/bash'] });
      skip(status !== 0, 'needs bash');
      for (let round = 0; round < 5; round++) {
        const answer = await agent.run('exec > >(cat); for i in $(seq 1000); do echo $i; done');
        expect(answer.stdout.toString()).toBe(Array.from({ length: 1000 }, (_, index) => `${index + 1}\n`).join(''));
      }
    });
  });

  describe('output', () => {
    it('is bytes: all 256 of them', async () => {
      const answer = await agent.run('for i in $(seq 0 255); do printf "\\\\$(printf %03o $i)"; done');
      expect([...answer.stdout]).toEqual(Array.from({ length: 256 }, (_, index) => index));
    });

    it('keeps carriage returns, invalid UTF-8 and a last line without a newline', async () => {
      const answer = await agent.run(String.raw`printf '10%%\r20%%\r\n\377\376|end'`);
      expect(answer.stdout.toString('latin1')).toBe('10%\r20%\r\n\xff\xfe|end');
    });

    it('has stdout and stderr in their order', async () => {
      const lines = Array.from({ length: 200 }, (_, index) => `o${index}\ne${index}\n`).join('');
      const answer = await agent.run('for i in $(seq 0 199); do echo o$i; echo e$i >&2; done');
      expect(answer.stdout.toString()).toBe(lines);
    });

    it('is not truncated by a script that opens its own stdout again', async () => {
      const answer = await agent.run(
        'echo a; echo b > /dev/stdout; echo c; echo d > /dev/stderr; echo e | tee /dev/stderr; echo f',
      );
      expect(answer.stdout.toString()).toBe('a\nb\nc\nd\ne\ne\nf\n');
    });

    it('cannot pose as a message of the agent', async () => {
      const forged = JSON.stringify({ event: 'end', end: 'exited', code: 0, size: 0 });
      const answer = await agent.run(`echo '${forged}' >&2; echo '${forged}'; exit 3`);
      expect(answer.events.map((event) => event.event)).toEqual(['started', 'end']);
      expect(answer.last).toMatchObject({ code: 3 });
    });

    it('may be one line of a megabyte, on stderr too', async () => {
      const answer = await agent.run('head -c 1000000 /dev/zero | tr "\\0" x >&2');
      expect(answer.stdout.equals(Buffer.alloc(1_000_000, 'x'))).toBe(true);
    });

    it('may be ten thousand small writes', async () => {
      const answer = await agent.run('i=0; while [ $i -lt 10000 ]; do echo $i; i=$((i + 1)); done');
      expect(answer.stdout.toString()).toBe(Array.from({ length: 10_000 }, (_, index) => `${index}\n`).join(''));
    });

    it('may be 100 MB, and then still ends exactly', async () => {
      const hash = createHash('md5');
      const call = await agent.start(newId(), `${LARGE_SCRIPT}; exit 6`, {}, { sink: (chunk) => hash.update(chunk) });
      expect((await call.answer).last).toEqual({ event: 'end', end: 'exited', code: 6, size: LARGE_BYTES });
      expect(call.received).toBe(LARGE_BYTES);
      expect(hash.digest('hex')).toBe(largeHash());
    });
  });
}
