import { describe, expect, it } from 'vitest';
import { probeShell } from '../../src/script/probe-shell.ts';
import { runShortScript } from '../../src/script/short-script.ts';
import { AGENT_SHELL } from '../../src/group/names.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { type AgentSession, type ChannelEnd, ConnectionFailed } from '../../src/ssh/agent-session.ts';

const session = (end: ChannelEnd): AgentSession => ({
  hello: () => Promise.reject(new Error('not asked for')),
  exec: () => Promise.reject(new Error('not asked for')),
  follow: () => Promise.reject(new Error('not asked for')),
  kill: () => Promise.reject(new Error('not asked for')),
  run: () => Promise.resolve(end),
  close: () => undefined,
});

describe("the shell of a job's image", () => {
  it.each([
    ['that knows ANSI-C quoting', { kind: 'exited', code: 0, size: 0 }, { kind: 'fine' }],
    ['that does not', { kind: 'exited', code: 1, size: 0 }, { kind: 'no-ansi-quoting' }],
    ['that is none', { kind: 'exited', code: 126, size: 0 }, { kind: 'broken', message: 'it ended with 126: ' }],
    [
      'that runs out of memory',
      { kind: 'signalled', signal: 'KILL', size: 0, oom: true },
      { kind: 'broken', message: 'it was killed by KILL (out of memory)' },
    ],
    [
      'for whose script there is no room',
      { kind: 'refused', error: 'failed', message: 'no space left on device' },
      { kind: 'broken', message: 'no space left on device' },
    ],
    [
      'that is not there',
      { kind: 'refused', error: 'no-shell', message: 'none is executable' },
      { kind: 'none', message: 'none is executable' },
    ],
    [
      'that is a text without #!',
      { kind: 'refused', error: 'no-shell', message: '/bin/sh cannot be started: it is neither a program nor …' },
      { kind: 'none', message: '/bin/sh cannot be started: it is neither a program nor …' },
    ],
    [
      'that is a program for another architecture',
      { kind: 'refused', error: 'no-shell', message: '/bin/sh cannot be started: exec format error' },
      { kind: 'foreign', message: '/bin/sh cannot be started: exec format error' },
    ],
  ] as const)('%s', async (_what, end, found) => {
    expect(await probeShell(session(end), new ManualClock())).toEqual(found);
  });

  it("is the agent's own where there is none", async () => {
    const asked: (readonly string[])[] = [];
    const bare: AgentSession = {
      ...session({ kind: 'cut' }),
      run: ({ shells }) => {
        asked.push(shells);
        return Promise.resolve(
          shells.includes(AGENT_SHELL)
            ? { kind: 'exited', code: 0, size: 0 }
            : { kind: 'refused', error: 'no-shell', message: 'none is executable' },
        );
      },
    };
    expect(await probeShell(bare, new ManualClock())).toEqual({ kind: 'fine' });
    expect(asked.at(-1)).toEqual([AGENT_SHELL]);
  });

  it.each([{ kind: 'cut' }, { kind: 'interrupted', size: 0 }] as const)(
    'is not judged by a run that ended as $kind',
    async (end) => {
      await expect(probeShell(session(end), new ManualClock())).rejects.toThrow(ConnectionFailed);
    },
  );

  it('that never ends is given up, and told to end', async () => {
    const clock = new ManualClock();
    const killed: string[] = [];
    const hanging = {
      ...session({ kind: 'cut' }),
      run: () => new Promise<never>(() => undefined),
      kill: (_id: string, signal: string) => Promise.resolve(void killed.push(signal)),
    };
    const found = probeShell(hanging, clock);
    await clock.advanceUntil(found);
    expect(await found).toEqual({ kind: 'broken', message: 'it did not end within 20 s' });
    expect(killed).toEqual(['TERM']);
  });

  it('that floods us is not kept beyond a little', async () => {
    const chunk = new Uint8Array(1024 * 1024).fill(121);
    const flooding: AgentSession = {
      ...session({ kind: 'cut' }),
      run: async (_request, _script, sink) => {
        for (let sent = 0; sent < 100; sent++) await sink.bytes(chunk);
        return { kind: 'exited', code: 0, size: 0 };
      },
    };
    const end = await runShortScript(flooding, 'flood', 'true', new ManualClock());
    expect(end.kind === 'exited' && end.output.length).toBe(64 * 1024);
  });
});
