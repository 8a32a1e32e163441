import { describe, expect, it } from 'vitest';
import { connected } from './connected.ts';
import { newId, runRequest } from './run-request.ts';
import type { StartTarget } from './target.ts';

const RUNNING = '{"running":true}';
const NOT_RUNNING = '{"running":false}';

/** docs/agent-protocol.md, section 5. */
export function killTests(startTarget: StartTarget): void {
  const agent = connected(startTarget);
  const kill = async (id: string, signal: string) =>
    JSON.stringify(JSON.parse((await agent.wire.ask('kill', { id, signal })).stdout.toString()));

  describe('kill', () => {
    it.each(['TERM', 'KILL', 'INT', 'HUP'])('delivers %s', async (signal) => {
      const id = newId();
      const call = await agent.start(id, 'echo ready; exec sleep 120');
      await call.bytes(6);
      expect(await kill(id, signal)).toBe(RUNNING);
      expect((await call.answer).last).toEqual({ event: 'end', end: 'signalled', signal, size: 6 });
    });

    it('reaches the whole group, and the answer of a trap is the end', async () => {
      const id = newId();
      const call = await agent.start(id, "trap 'exit 7' TERM; sleep 120 & echo $!; wait");
      await call.bytes(2);
      await kill(id, 'TERM');
      const answer = await call.answer;
      expect(answer.last).toMatchObject({ end: 'exited', code: 7 });
      await agent.vanished(answer.stdout.toString().trim());
    });

    it('is followed by KILL for a script that ignores TERM', async () => {
      const id = newId();
      const script = "trap '' TERM; echo ready; while :; do sleep 0.1; done";
      const call = await agent.start(id, script, { kill_after: 0.3 });
      await call.bytes(6);
      await kill(id, 'TERM');
      expect((await call.answer).last).toMatchObject({ end: 'signalled', signal: 'KILL' });
    });

    it('is followed by KILL for what is left when the script has gone', async () => {
      const id = newId();
      const script = `sh -c 'trap "" TERM; echo $$; while :; do sleep 0.1; done' & wait`;
      const call = await agent.start(id, script, { kill_after: 1 });
      await call.bytes(2);
      await kill(id, 'TERM');
      const answer = await call.answer;
      expect(answer.last).toMatchObject({ end: 'signalled', signal: 'TERM' });
      await agent.vanished(answer.stdout.toString().trim());
    });

    it('is nothing to the other runs', async () => {
      const [one, other] = [newId(), newId()];
      const [killed, spared] = [
        await agent.start(one, 'echo ready; exec sleep 120'),
        await agent.start(other, 'echo ready; sleep 1; echo end'),
      ];
      await killed.bytes(6);
      await kill(one, 'KILL');
      expect((await spared.answer).stdout.toString()).toBe('ready\nend\n');
      await killed.answer;
    });

    it('of a run that has ended says so', async () => {
      const id = newId();
      await agent.wire.ask('run', runRequest(id, 'true'), 'true');
      expect(await kill(id, 'TERM')).toBe(NOT_RUNNING);
      expect((await agent.wire.ask('follow', { id, offset: 0 })).last).toMatchObject({ end: 'exited', code: 0 });
    });

    it('of an id that never started keeps it from ever starting', async () => {
      const id = newId();
      expect(await kill(id, 'TERM')).toBe(NOT_RUNNING);
      const answer = await agent.wire.ask('run', runRequest(id, 'echo no'), 'echo no');
      expect(answer.events).toEqual([expect.objectContaining({ event: 'error', error: 'cancelled' })]);
    });

    it('is not lost while the script is on its way', async () => {
      const id = newId();
      const call = await agent.wire.send('run', runRequest(id, 'echo no; echo no'), undefined);
      call.channel.write('echo no; ');
      await kill(id, 'TERM');
      call.channel.end('echo no');
      expect((await call.answer).events).toEqual([expect.objectContaining({ event: 'error', error: 'cancelled' })]);
    });
  });
}
