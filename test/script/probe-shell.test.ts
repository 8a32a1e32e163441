import { describe, expect, it } from 'vitest';
import { probeShell } from '../../src/script/probe-shell.ts';
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
    ['that chokes on it', { kind: 'exited', code: 2, size: 40 }, { kind: 'no-ansi-quoting' }],
    [
      'that is not there',
      { kind: 'refused', error: 'no-shell', message: 'none is executable' },
      { kind: 'none', message: 'none is executable' },
    ],
  ] as const)('%s', async (_what, end, found) => {
    expect(await probeShell(session(end))).toEqual(found);
  });

  it.each([
    { kind: 'cut' },
    { kind: 'interrupted', size: 0 },
    { kind: 'refused', error: 'busy', message: 'x' },
    { kind: 'signalled', signal: 'KILL', size: 0, oom: false },
  ] as const)('is not judged by a run that ended as $kind', async (end) => {
    await expect(probeShell(session(end))).rejects.toThrow(ConnectionFailed);
  });
});
