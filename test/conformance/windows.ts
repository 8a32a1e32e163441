import { describe, expect, it } from 'vitest';
import type { Call } from './call.ts';
import { connected } from './connected.ts';
import { newId } from './run-request.ts';
import type { StartTarget } from './target.ts';
import { dial, type Wire } from './wire.ts';

/** Bytes that ssh2 lets come on a new channel; stdout and stderr share them. */
const WINDOW = 2 * 1024 * 1024;

/** The part of ssh2's client that opens a channel's window again. */
interface WindowProtocol {
  channelWindowAdjust(channel: number, amount: number): void;
}

/** Takes the opening of windows into the test's hands. @returns what opens one. */
function holdWindows(wire: Wire): (call: Call, amount: number) => void {
  const { _protocol: protocol } = wire.client as unknown as { readonly _protocol: WindowProtocol };
  const adjust = protocol.channelWindowAdjust.bind(protocol);
  protocol.channelWindowAdjust = () => undefined;
  return (call, amount) => {
    const { outgoing } = call.channel as unknown as { readonly outgoing: { readonly id: number } };
    adjust(outgoing.id, amount);
  };
}

/** docs/agent-protocol.md, section 2: the last message comes, however little room a client leaves for it. */
export function windowTests(startTarget: StartTarget): void {
  const agent = connected(startTarget);

  describe('a window that is full but for', () => {
    it.each([0, 1, 20, 40, 60, 100])('%d bytes does not lose the end, nor double the output', async (room) => {
      const probe = (await agent.run('true')).stderr.indexOf('\n') + 1;
      for (const windows of [1, 2, 3]) {
        const wire = await dial(agent.target);
        const open = holdWindows(wire);
        const bytes = windows * WINDOW - probe - room;
        const id = newId();
        const script = `head -c ${bytes} /dev/zero`;
        const request = { id, length: script.length, shells: ['/bin/sh'] };
        const call = await wire.send('run', request, script);
        for (let window = 1; window < windows; window++) {
          await call.bytes(window * WINDOW - probe);
          open(call, WINDOW);
        }
        await call.bytes(bytes);
        // Another follower sees the run end while this one has no room to be told.
        expect((await agent.wire.ask('follow', { id, offset: bytes })).last).toMatchObject({ end: 'exited' });
        open(call, WINDOW);
        expect((await call.answer).last).toEqual({ event: 'end', end: 'exited', code: 0, size: bytes });
        expect(call.received).toBe(bytes);
        wire.close();
      }
    });
  });
}
