import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';

it('a program that has reset a connection while it was ending comes to its end', async () => {
  const program = fileURLToPath(new URL('resetting-program.ts', import.meta.url));
  const child = fork(program, [], { execArgv: ['--import', 'tsx'], stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  expect((await once(child, 'exit')) as unknown[]).toEqual([0, null]);
});
