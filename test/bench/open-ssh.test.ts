import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startAgent, type RunningAgent } from '../agent/running-agent.ts';
import { builtAgent, noAgent } from '../agent/agent-program.ts';
import { keyPair } from '../conformance/key-pair.ts';
import { hasOpenSsh, sshCommand, writeSshFiles } from './open-ssh.ts';

const missing = noAgent ?? ((await hasOpenSsh()) ? undefined : "needs OpenSSH's client");

describe.skipIf(missing !== undefined)(`OpenSSH's client, as it is measured${missing ? ` (${missing})` : ''}`, () => {
  const program = builtAgent();
  let folder: string;
  let agent: RunningAgent;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ssh-'));
    agent = await startAgent(program());
  });
  afterEach(async () => {
    await agent.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function hello(change: { readonly build?: string } = {}) {
    const { address, port, hostKey, clientKey } = agent;
    const hostKeys = { helper: keyPair().public, build: change.build ?? hostKey };
    const files = await writeSshFiles(folder, { hostKeys, clientKey });
    const [ssh, ...args] = sshCommand(files, address, port, 'build', 'hello {"protocol":1}');
    return promisify(execFile)(ssh, args);
  }

  it("logs in with the group's key", async () => {
    expect(JSON.parse((await hello()).stdout)).toMatchObject({ protocol: 1, container: 'build' });
  });

  it('refuses an agent with another host key than the pinned one', async () => {
    await expect(hello({ build: keyPair().public })).rejects.toThrow('Host key verification failed');
  });
});
