import { once } from 'node:events';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startEmulator } from '../../src/emulator/emulator.ts';
import { parseScenario } from '../../src/emulator/scenario.ts';
import { keyPair } from '../conformance/key-pair.ts';
import { clientOf, GROUP, type Wire } from './cloud-under-test.ts';

const PORT = 22022;
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const mount = (Name: string, MountPath: string): Wire => ({ Name, MountPath });

/** A group with one agent, as docs/agent-protocol.md section 1 wants it. */
function agentGroup(builds: string) {
  const [host, client] = [keyPair(), keyPair()];
  const file = (Path: string, text: string): Wire => ({ Path, Content: base64(text) });
  const group = {
    ...GROUP,
    InitContainer: [
      {
        Name: 'agent',
        Image: 'agent:1',
        Command: ['/eci-agent', 'install', '--dest', '/eci/agent', '--keys', '/eci/source/build:/eci/keys-build'],
        VolumeMount: [
          mount('eci-agent', '/eci/agent'),
          mount('eci-keys', '/eci/source'),
          mount('eci-keys-build', '/eci/keys-build'),
        ],
      },
    ],
    Container: [
      {
        Name: 'build',
        Image: 'alpine:3.20',
        Command: [
          '/eci/agent/eci-agent',
          'serve',
          '--container',
          'build',
          '--port',
          String(PORT),
          '--keys',
          '/eci/keys',
          '--run',
          '/eci/run',
          '--max-lifetime',
          '600',
          '--abandon-after',
          '600',
        ],
        EnvironmentVar: [{ Key: 'ECI_AGENT_LISTEN', FieldRef: { FieldPath: 'status.podIP' } }],
        VolumeMount: [
          mount('eci-agent', '/eci/agent'),
          mount('eci-keys-build', '/eci/keys'),
          mount('eci-run-build', '/eci/run'),
          mount('builds', builds),
        ],
      },
    ],
    Volume: [
      ...['eci-agent', 'eci-keys-build', 'eci-run-build', 'builds'].map((Name) => ({ Name, Type: 'EmptyDirVolume' })),
      {
        Name: 'eci-keys',
        Type: 'ConfigFileVolume',
        ConfigFileVolume: {
          ConfigFileToPath: [file('build/host_key', host.private), file('build/authorized_keys', `${client.public}\n`)],
        },
      },
    ],
  };
  return { group, clientKey: client.private };
}

async function hello(host: string, privateKey: string): Promise<unknown> {
  const connection = new ssh2.Client();
  connection.connect({ host, port: PORT, username: 'job', privateKey });
  await once(connection, 'ready');
  const text = await new Promise<string>((resolve, reject) => {
    connection.exec('hello {"protocol":1}', (error, channel) => {
      if (error) return reject(error);
      let out = '';
      channel.on('data', (part: Buffer) => (out += part.toString()));
      channel.on('close', () => resolve(out));
    });
  });
  connection.end();
  return JSON.parse(text);
}

async function startCloudOfProcesses() {
  const root = await mkdtemp(join(tmpdir(), 'process-cloud-'));
  const delays = '[delays]\nscheduling = 0.01\nimage_pull = 0.01\nstart = 0.01\n';
  const emulator = await startEmulator({
    scenario: parseScenario(`${delays}[[vswitch]]\nid = "vsw-h"\nzone = "cn-beijing-h"\n`),
    root,
  });
  onTestFinished(async () => {
    await emulator.stop();
    await rm(root, { recursive: true, force: true });
  });
  return { root, ...clientOf(emulator) };
}

describe('a group of processes', () => {
  it("answers on the group's address while it runs, and leaves nothing when it is deleted", async () => {
    const { call, disappears, reaches, root } = await startCloudOfProcesses();
    const builds = join(root, 'builds');
    const { group, clientKey } = agentGroup(builds);
    const id = (await call('CreateContainerGroup', group)).ContainerGroupId as string;
    const { IntranetIp } = await reaches(id, 'Running');
    await access(builds);
    expect(await hello(IntranetIp, clientKey)).toMatchObject({ protocol: 1, container: 'build' });
    await call('DeleteContainerGroup', { ContainerGroupId: id });
    await disappears(id);
    await expect(hello(IntranetIp, clientKey)).rejects.toThrow('ECONNREFUSED');
    await expect
      .poll(() =>
        access(builds).then(
          () => 'there',
          () => 'gone',
        ),
      )
      .toBe('gone');
  });

  it('can be started again, answers then as before, and takes no commands beside its agent', async () => {
    const { call, reaches, refused, root } = await startCloudOfProcesses();
    const { group, clientKey } = agentGroup(join(root, 'builds'));
    const id = (await call('CreateContainerGroup', group)).ContainerGroupId as string;
    await reaches(id, 'Running');
    await call('RestartContainerGroup', { ContainerGroupId: id });
    const again = await reaches(id, 'Running');
    expect(again.Containers).toMatchObject([{ RestartCount: 1, PreviousState: { ExitCode: 137 } }]);
    expect(await hello(again.IntranetIp, clientKey)).toMatchObject({ protocol: 1, container: 'build' });
    const command = { ContainerGroupId: id, ContainerName: 'build', Command: '["ls"]', Sync: true };
    expect((await refused('ExecContainerCommand', command)).code).toBe('UnsupportedOperation');
  });

  it('with a service is Running with all its containers, though nothing runs in that one, and says so in its log', async () => {
    const { call, disappears, reaches, root } = await startCloudOfProcesses();
    const { group, clientKey } = agentGroup(join(root, 'builds'));
    const EnvironmentVar = [{ Key: 'ECI_CONTAINER_TYPE', Value: 'sidecar' }];
    const Container = [...group.Container, { Name: 'svc-0', Image: 'postgres:18', EnvironmentVar }];
    const ContainerGroupId = (await call('CreateContainerGroup', { ...group, Container })).ContainerGroupId as string;
    const { IntranetIp, Containers } = await reaches(ContainerGroupId, 'Running');
    expect(Containers).toMatchObject(['build', 'svc-0'].map((Name) => ({ Name, CurrentState: { State: 'Running' } })));
    expect(await hello(IntranetIp, clientKey)).toMatchObject({ container: 'build' });
    const { Content } = await call('DescribeContainerLog', { ContainerGroupId, ContainerName: 'svc-0' });
    expect(Content).toContain('nothing runs in this sidecar');
    await call('DeleteContainerGroup', { ContainerGroupId });
    await disappears(ContainerGroupId);
  });

  it('is refused when a volume would lie outside the root folder', async () => {
    const { refused } = await startCloudOfProcesses();
    const { code, data } = await refused('CreateContainerGroup', agentGroup('/builds').group);
    expect(code).toBe('InvalidParameter.Volume');
    expect(data.Message).toContain('/builds');
  });

  it('without an agent in its container fails and says why', async () => {
    const { call, reaches } = await startCloudOfProcesses();
    const { ContainerGroupId } = await call('CreateContainerGroup', {
      ...GROUP,
      Container: [{ Name: 'build', Image: 'alpine:3.20', Command: ['/bin/sh', '-c', 'sleep 1'] }],
    });
    const group = await reaches(ContainerGroupId as string, 'Failed');
    expect(group.Containers[0]?.CurrentState).toMatchObject({ State: 'Terminated', Reason: 'ContainerCannotRun' });
  });
});
