import { describe, expect, it } from 'vitest';
import { startCloud, type Wire } from './cloud-under-test.ts';
import { FakeMachines } from './fake-machines.ts';

const command = (...words: readonly string[]): string => JSON.stringify(words);

async function startContainer(machines = new FakeMachines({ exec: (name, argv) => `${name}: ${argv.join(' ')}\n` })) {
  const cloud = await startCloud({ machines });
  const id = await cloud.create();
  await cloud.reaches(id, 'Running');
  const good = { ContainerGroupId: id, ContainerName: 'build', Command: command('ls', '-a'), Sync: true };
  const exec = (more: Wire = {}): Promise<Wire> => cloud.call('ExecContainerCommand', { ...good, ...more });
  const refused = (more: Wire) => cloud.refused('ExecContainerCommand', { ...good, ...more });
  return { ...cloud, id, exec, refused, machines };
}

describe('ExecContainerCommand', () => {
  it('runs a command in a container and answers with its output', async () => {
    const { exec } = await startContainer();
    expect(await exec()).toMatchObject({ WebSocketUri: '', HttpUrl: '', SyncResponse: 'build: ls -a\n' });
  });

  it('takes 20 words of 256 characters', async () => {
    const { exec } = await startContainer();
    const words = Array.from({ length: 20 }, () => 'x'.repeat(256));
    expect(await exec({ Command: JSON.stringify(words) })).toMatchObject({
      SyncResponse: `build: ${words.join(' ')}\n`,
    });
  });

  it.each<readonly [string, Wire, string]>([
    ['21 words', { Command: JSON.stringify(Array.from({ length: 21 }, () => 'x')) }, 'InvalidParameter.ValueExceeded'],
    ['a word of 257 characters', { Command: command('x'.repeat(257)) }, 'InvalidParameter.ValueExceeded'],
    ['no words', { Command: '[]' }, 'InvalidParameter.Command'],
    ['a command that is no JSON list', { Command: 'ls -a' }, 'InvalidParameter.Command'],
    ['a terminal', { TTY: true }, 'InvalidParameter.TTY'],
    ['a shell that would wait for input', { Command: command('/bin/bash') }, 'InvalidParameter.Command'],
    ['a WebSocket instead of an answer', { Sync: undefined }, 'UnsupportedParameter'],
    ['another container', { ContainerName: 'none' }, 'InvalidParameter.NotFound'],
    ['another group', { ContainerGroupId: 'eci-none' }, 'InvalidParameter.NotFound'],
  ])('refuses %s', async (_, wrong, code) => {
    const { refused } = await startContainer();
    expect((await refused(wrong)).code).toBe(code);
  });

  it('is refused for a container that does not run', async () => {
    const { id, machines, reaches, refused } = await startContainer();
    machines.of(id).end('build', 0);
    await reaches(id, 'Succeeded');
    expect(await refused({})).toMatchObject({ code: 'IncorrectStatus', statusCode: 400 });
  });

  it('is refused with a sentence where the machines cannot do it', async () => {
    const { refused } = await startContainer(new FakeMachines());
    const { code, data } = await refused({});
    expect([code, data.Message]).toEqual(['UnsupportedOperation', expect.stringContaining('agents only')]);
  });
});
