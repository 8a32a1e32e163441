import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { keepLoggedIn } from '../../src/commands/keep-logged-in.ts';
import type { Clock } from '../../src/context.ts';
import { openSession } from '../../src/ssh/open-session.ts';
import { LARGE_BYTES, LARGE_SCRIPT } from '../conformance/large-output.ts';
import { newId, runRequest } from '../conformance/run-request.ts';
import { dial } from '../conformance/wire.ts';
import { builtAgent, noAgent } from './agent-program.ts';
import { startAgent } from './running-agent.ts';

/** Seconds. */
const ABANDON_AFTER = 1;
/** Kilobytes. */
const LARGEST = 12_000;

const clock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds, signal) => sleep(milliseconds, undefined, signal ? { signal } : {}),
};

describe.skipIf(noAgent !== undefined)(`the agent in Go${noAgent === undefined ? '' : ` (${noAgent})`}`, () => {
  const program = builtAgent();

  it.each([
    ['build', 'helper'],
    ['helper', 'build'],
  ])('stays in both containers while a script runs three times as long as abandon_after in %s', async (busy, idle) => {
    const [there, other] = await Promise.all(
      [busy, idle].map((container) => startAgent(program(), { container, abandonAfter: ABANDON_AFTER })),
    );
    if (!there || !other) throw new Error('no agents');
    const over = new AbortController();
    const login = async (): Promise<void> => {
      (await openSession({ ...other, host: other.address }, over.signal)).close();
    };
    const kept = keepLoggedIn(login, ABANDON_AFTER, clock, over.signal);
    try {
      const wire = await dial(there);
      const script = `sleep ${3 * ABANDON_AFTER}; echo end`;
      const answer = await wire.ask('run', runRequest(newId(), script), script);
      expect(answer.stdout.toString()).toBe('end\n');
      const late = await dial(other);
      expect(JSON.parse((await late.ask('hello')).stdout.toString())).toMatchObject({ container: idle });
      for (const each of [wire, late]) each.close();
    } finally {
      over.abort();
      await kept;
      await Promise.all([there.close(), other.close()]);
    }
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'] as const)(
    'takes %s, which images may name as their STOPSIGNAL, for the platform’s',
    async (name) => {
      const agent = await startAgent(program());
      try {
        const wire = await dial(agent);
        const script = "trap 'exit 1' TERM; echo ready; sleep 120 & wait";
        const call = await wire.send('run', runRequest(newId(), script), script);
        await call.bytes(6);
        expect(await agent.signal(name)).toEqual({ code: 0 });
        expect((await call.answer).last).toMatchObject({ end: 'interrupted' });
      } finally {
        await agent.close();
      }
    },
  );

  it('leaves no process behind, nor a file of a script', async () => {
    const agent = await startAgent(program());
    const wire = await dial(agent);
    const script = 'setsid sleep 120 & echo $!; wait';
    const call = await wire.send('run', runRequest(newId(), script), script);
    await call.bytes(2);
    const pid = Number(call.soFar().stdout.toString());
    await agent.stop();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    await agent.close();
  });

  it('is small after 100 MB of output', async () => {
    const agent = await startAgent(program());
    try {
      const wire = await dial(agent);
      const call = await wire.send('run', runRequest(newId(), LARGE_SCRIPT), LARGE_SCRIPT, { sink: () => undefined });
      expect((await call.answer).last).toMatchObject({ end: 'exited', size: LARGE_BYTES });
      const [, peak] = /VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${agent.pid}/status`, 'utf8')) ?? [];
      expect(Number(peak)).toBeLessThanOrEqual(LARGEST);
      wire.close();
    } finally {
      await agent.close();
    }
  });

  it('says in a sentence why it does not start', async () => {
    const agent = await startAgent(program());
    try {
      await expect(startAgent(program(), { env: { ECI_AGENT_LISTEN: agent.address } })).rejects.toThrow(
        /port 22023 is taken by another program/,
      );
      await expect(startAgent(program(), { env: { ECI_AGENT_LISTEN: 'a.host.name' } })).rejects.toThrow(
        /ECI_AGENT_LISTEN/,
      );
    } finally {
      await agent.close();
    }
  });
});
