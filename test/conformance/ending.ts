import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { newId, runRequest } from './run-request.ts';
import type { AgentTarget, Lifetimes, StartTarget } from './target.ts';
import { dial, type Wire } from './wire.ts';

/** As GitLab's scripts begin: outer shell and inner one. */
const GITLAB_SCRIPT = `trap 'exit 1' TERM
(trap 'exit 1' TERM; eval 'echo ready; sleep 120' < /dev/null)
exit 0
`;

const NO_PLATFORM = 'the suite cannot reach the platform';

/** docs/agent-protocol.md, sections 1 and 7: how the agent ends its container. */
export function endingTests(startTarget: StartTarget): void {
  const withTarget = async (
    lifetimes: Lifetimes,
    skip: (condition: boolean, note: string) => void,
    test: (target: Required<AgentTarget>, wire: Wire) => Promise<void>,
  ): Promise<void> => {
    const target = await startTarget(lifetimes);
    try {
      const { stop, ended } = target;
      skip(!stop || !ended, NO_PLATFORM);
      if (!stop || !ended) return;
      const wire = await dial(target);
      await test({ ...target, stop, ended }, wire);
      wire.close();
    } finally {
      await target.close();
    }
  };
  const start = (wire: Wire, id: string, script: string, more: object = {}) =>
    wire.send('run', runRequest(id, script, more), script);

  describe('the platform that stops the container', () => {
    it('leaves a script interrupted, whatever its trap for TERM says', ({ skip }) =>
      withTarget({}, skip, async (target, wire) => {
        const call = await start(wire, newId(), GITLAB_SCRIPT);
        await call.bytes(6);
        expect(await target.stop()).toMatchObject({ code: 0 });
        const answer = await call.answer;
        // Some shells add a line of their own about the child that has ended.
        expect(answer.stdout.toString()).toMatch(/^ready\n/);
        expect(answer.last).toEqual({ event: 'end', end: 'interrupted', size: call.received });
        expect(answer.status).toBe(255);
        await expect(dial(target)).rejects.toThrow();
      }));

    it('lets a script say its last words', ({ skip }) =>
      withTarget({}, skip, async (target, wire) => {
        const call = await start(wire, newId(), "trap 'echo bye; exit 0' TERM; echo ready; sleep 120 & wait");
        await call.bytes(6);
        await target.stop();
        const answer = await call.answer;
        expect(answer.stdout.toString()).toMatch(/^ready\n[^]*bye\n$/);
        expect(answer.last).toEqual({ event: 'end', end: 'interrupted', size: call.received });
      }));

    it('gets no new runs meanwhile, followers only, and kills what ignores TERM', ({ skip }) =>
      withTarget({}, skip, async (target, wire) => {
        const id = newId();
        const script = "trap 'echo term' TERM; echo ready; while :; do sleep 0.1; done";
        const call = await start(wire, id, script, { kill_after: 2 });
        await call.bytes(6);
        const stopped = target.stop();
        // The trap has spoken, so the stop is under way.
        await eventually('the trap', () => call.soFar().stdout.includes('term'));
        const late = await wire.ask('run', runRequest(newId(), 'true'), 'true');
        expect(late.last).toMatchObject({ event: 'error', error: 'stopping' });
        const follower = await (await dial(target)).send('follow', { id, offset: 6 }, '');
        const attached = await wire.send('run', runRequest(id, script), script);
        for (const each of [call, follower, attached]) {
          expect((await each.answer).last).toEqual({ event: 'end', end: 'interrupted', size: call.received });
        }
        expect(call.soFar().stdout.toString()).toMatch(/^ready\n[^]*term\n$/);
        expect(follower.soFar().stdout).toEqual(call.soFar().stdout.subarray(6));
        await stopped;
      }));

    it('does not wait for followers that do not read', ({ skip }) =>
      withTarget({}, skip, async (target, wire) => {
        const call = await wire.send('run', runRequest(newId(), 'yes'), 'yes', { paused: true });
        await call.started();
        await sleep(300);
        expect(await target.stop()).toMatchObject({ code: 0 });
      }));

    it('finds an agent without runs gone at once', ({ skip }) =>
      withTarget({}, skip, async (target) => {
        expect(await target.stop()).toMatchObject({ code: 0 });
        await expect(dial(target)).rejects.toThrow();
      }));
  });

  describe('the agent', () => {
    it('ends after abandon_after without a login, though a script is running', ({ skip }) =>
      withTarget({ abandonAfter: 0.5 }, skip, async (target, wire) => {
        const call = await start(wire, newId(), 'echo ready; sleep 120');
        await call.bytes(6);
        wire.close();
        expect(await target.ended()).toMatchObject({ code: 0 });
        await expect(dial(target)).rejects.toThrow();
      }));

    it('does not take a connection for a login', ({ skip }) =>
      withTarget({ abandonAfter: 0.5 }, skip, async (target, wire) => {
        const stranger = connect(target.port, target.address);
        stranger.on('error', () => undefined);
        await once(stranger, 'connect');
        wire.close();
        expect(await target.ended()).toMatchObject({ code: 0 });
        stranger.destroy();
      }));

    it('stays while a login is open, and as long again after it', ({ skip }) =>
      withTarget({ abandonAfter: 1 }, skip, async (target, wire) => {
        await sleep(1500);
        expect((await wire.ask('hello')).status).toBe(0);
        wire.close();
        const again = await dial(target);
        await sleep(1500);
        expect((await again.ask('hello')).status).toBe(0);
        again.close();
      }));

    it('ends at the end of its lifetime, whoever is logged in, and tells the followers', ({ skip }) =>
      withTarget({ maxLifetime: 1 }, skip, async (target, wire) => {
        const call = await start(wire, newId(), GITLAB_SCRIPT);
        expect(await target.ended()).toMatchObject({ code: 0 });
        expect((await call.answer).last).toMatchObject({ end: 'interrupted' });
      }));
  });
}
