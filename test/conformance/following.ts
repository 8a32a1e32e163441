import { createHash, type Hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { connected } from './connected.ts';
import { LARGE_BYTES, LARGE_SCRIPT, largeHash } from './large-output.ts';
import { newId, runRequest } from './run-request.ts';
import type { AgentTarget, StartTarget } from './target.ts';
import { dial } from './wire.ts';

/** Follows a run and resets the connection after so many bytes. @returns the offset that was reached. */
async function followAndCut(
  target: AgentTarget,
  id: string,
  offset: number,
  bytes: number,
  hash: Hash,
): Promise<number> {
  const wire = await dial(target);
  let reached = offset;
  const sink = (chunk: Buffer): void => {
    hash.update(chunk);
    reached += chunk.length;
    if (reached - offset >= bytes) wire.cut();
  };
  const call = await wire.send('follow', { id, offset }, '', { sink });
  await call.answer;
  wire.close();
  return reached;
}

/** docs/agent-protocol.md, section 4: attaching, following, and what lost connections cost. */
export function followingTests(startTarget: StartTarget): void {
  const agent = connected(startTarget);

  describe('a run', () => {
    it('is started once by eight equal requests at the same time', async () => {
      const id = newId();
      const script = 'echo $$; sleep 0.3; echo end; exit 9';
      const wires = await Promise.all(Array.from({ length: 8 }, () => dial(agent.target)));
      const answers = await Promise.all(wires.map((each) => each.ask('run', runRequest(id, script), script)));
      expect(new Set(answers.map((answer) => answer.stdout.toString())).size).toBe(1);
      expect(answers.map((answer) => answer.last?.code)).toEqual(Array.from({ length: 8 }, () => 9));
      expect(answers.filter((answer) => answer.events[0]?.attached === false)).toHaveLength(1);
      wires.forEach((each) => each.close());
    });

    it('that is known is attached to from an offset, whatever script comes', async () => {
      const id = newId();
      await agent.wire.ask('run', runRequest(id, 'echo first'), 'echo first');
      for (const script of ['echo second', `# ${'x'.repeat(3_000_000)}`]) {
        const answer = await agent.wire.ask('run', runRequest(id, script, { offset: 2 }), script);
        expect(answer.stdout.toString()).toBe('rst\n');
        expect(answer.events[0]).toMatchObject({ attached: true, size: 6 });
      }
      const beyond = await agent.wire.ask('run', runRequest(id, '', { offset: 7 }), '');
      expect(beyond.last).toMatchObject({ error: 'bad-offset' });
    });

    it('is followed any number of times, from any offset that it has', async () => {
      const id = newId();
      await agent.wire.ask('run', runRequest(id, 'printf 0123456789'), 'printf 0123456789');
      for (const offset of [0, 4, 10, 0]) {
        const answer = await agent.wire.ask('follow', { id, offset });
        expect(answer.stdout.toString()).toBe('0123456789'.slice(offset));
        expect(answer.events).toEqual([
          { event: 'started', attached: true, size: 10 },
          { event: 'end', end: 'exited', code: 0, size: 10 },
        ]);
        expect(answer.status).toBe(0);
      }
      expect((await agent.wire.ask('follow', { id, offset: 11 })).last).toMatchObject({ error: 'bad-offset' });
    });

    it('sends what it has at once, and is followed while it goes on', async () => {
      const id = newId();
      const call = await agent.start(id, 'echo first; sleep 120');
      await call.bytes(6);
      const [whole, rest] = [
        await agent.wire.send('follow', { id, offset: 0 }, ''),
        await agent.wire.send('follow', { id, offset: 6 }, ''),
      ];
      await whole.bytes(6);
      expect(await rest.started()).toEqual({ event: 'started', attached: true, size: 6 });
      await agent.wire.ask('kill', { id, signal: 'KILL' });
      for (const each of [call, whole, rest]) {
        expect((await each.answer).last).toMatchObject({ end: 'signalled', signal: 'KILL', size: 6 });
      }
      expect([whole.received, rest.received]).toEqual([6, 0]);
    });

    it('that has ended is dropped when another one starts, one that goes on is not', async () => {
      const [old, long] = [newId(), newId()];
      await agent.wire.ask('run', runRequest(old, 'echo old'), 'echo old');
      const call = await agent.start(long, 'echo long; sleep 120');
      await call.bytes(5);
      expect((await agent.wire.ask('follow', { id: old, offset: 0 })).last).toMatchObject({ error: 'no-such-run' });
      await agent.run('echo third');
      const follower = await agent.wire.send('follow', { id: long, offset: 0 }, '');
      await follower.bytes(5);
      await agent.wire.ask('kill', { id: long, signal: 'KILL' });
      await follower.answer;
    });

    it('goes on when all connections are lost, and loses no byte however often they are', async () => {
      const id = newId();
      const hash = createHash('md5');
      const first = await dial(agent.target);
      await first
        .send('run', runRequest(id, LARGE_SCRIPT), LARGE_SCRIPT, { paused: true })
        .then((call) => call.started());
      first.cut();
      let offset = 0;
      for (let cut = 0; cut < 12; cut++) {
        offset = await followAndCut(agent.target, id, offset, (cut % 4) * 2_000_000 + 1, hash);
      }
      expect(offset).toBeLessThan(LARGE_BYTES);
      const rest = await agent.wire.send('follow', { id, offset }, '', { sink: (chunk) => hash.update(chunk) });
      expect((await rest.answer).last).toMatchObject({ end: 'exited', code: 0, size: LARGE_BYTES });
      expect(offset + rest.received).toBe(LARGE_BYTES);
      expect(hash.digest('hex')).toBe(largeHash());
    });

    it('can be sent again by a client that never saw it start', async () => {
      const id = newId();
      const script = 'echo $$; sleep 0.5; echo end';
      const wire = await dial(agent.target);
      const call = await wire.send('run', runRequest(id, script), script, { paused: true });
      await call.started();
      wire.cut();
      const again = await agent.wire.ask('run', runRequest(id, script), script);
      expect(again.events[0]).toMatchObject({ attached: true });
      expect(again.stdout.toString()).toMatch(/^\d+\nend\n$/);
    });
  });

  describe('a follower', () => {
    it('that does not read holds up nobody, and gets everything when it does', async () => {
      const id = newId();
      const slow = await dial(agent.target);
      const hash = createHash('md5');
      const stuck = await slow.send('run', runRequest(id, LARGE_SCRIPT), LARGE_SCRIPT, {
        paused: true,
        sink: (chunk) => hash.update(chunk),
      });
      await stuck.started();
      let received = 0;
      const quick = await agent.wire.send('follow', { id, offset: 0 }, '', {
        sink: (chunk) => (received += chunk.length),
      });
      expect((await quick.answer).last).toMatchObject({ end: 'exited', size: LARGE_BYTES });
      expect([received, stuck.received]).toEqual([LARGE_BYTES, 0]);
      stuck.channel.resume();
      expect((await stuck.answer).last).toMatchObject({ end: 'exited', size: LARGE_BYTES });
      expect(hash.digest('hex')).toBe(largeHash());
      slow.close();
    });

    it('that closes its channel leaves the others', async () => {
      const id = newId();
      const call = await agent.start(id, 'echo first; sleep 1; echo second');
      await call.bytes(6);
      const leaver = await agent.wire.send('follow', { id, offset: 0 }, '');
      await leaver.bytes(6);
      leaver.channel.close();
      expect((await call.answer).stdout.toString()).toBe('first\nsecond\n');
    });
  });
}
