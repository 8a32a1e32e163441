import { expect, it } from 'vitest';
import { residentMemory } from './agent-memory.ts';

it('reads what is resident now and was at most, in units of a million bytes', () => {
  const status = 'Name:\teci-agent\nVmHWM:\t   12000 kB\nVmRSS:\t    8000 kB\nRssAnon:\t    2000 kB\n';
  const { now, peak } = residentMemory(status);
  expect([now, peak]).toEqual([8.192, 12.288]);
});

it('fails for a process that has no memory any more', () => {
  expect(() => residentMemory('Name:\teci-agent\nState:\tZ (zombie)\n')).toThrow('the system does not tell VmRSS');
});
