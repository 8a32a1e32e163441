import { describe, expect, it } from 'vitest';
import { GROUP, startCloud } from './cloud-under-test.ts';

const container = (Name: string, variables: Readonly<Record<string, string>> = {}) => ({
  Name,
  Image: 'alpine:3.20',
  EnvironmentVar: Object.entries(variables).map(([Key, Value]) => ({ Key, Value })),
});
const SIDECAR = { ECI_CONTAINER_TYPE: 'sidecar' };

describe('a restart policy', () => {
  it('Always starts a container again after growing pauses, and keeps its last end', async () => {
    const { create, reaches, describe: look, emulator, fakes } = await startCloud();
    const id = await create({ RestartPolicy: 'Always' });
    await reaches(id, 'Running');
    // At once the first time, as the kubelet does.
    fakes.of(id).end('build', 0);
    await expect
      .poll(async () => (await look(id))?.Containers[0])
      .toMatchObject({ RestartCount: 1, CurrentState: { State: 'Running' } });
    fakes.of(id).end('build', 0);
    const waiting = {
      RestartCount: 2,
      CurrentState: {
        State: 'Waiting',
        Reason: 'CrashLoopBackOff',
        Message: `Back-off 10s restarting failed container=build pod=group-1_${id}`,
      },
      PreviousState: { State: 'Terminated', Reason: 'Completed', ExitCode: 0 },
    };
    await expect.poll(async () => (await look(id))?.Containers[0]).toMatchObject(waiting);
    await emulator.advance(10);
    expect((await look(id))?.Containers[0]).toMatchObject({ RestartCount: 2, CurrentState: { State: 'Running' } });
    fakes.of(id).end('build', 3);
    await expect
      .poll(async () => (await look(id))?.Containers[0]?.CurrentState.Message)
      .toContain('Back-off 20s restarting');
    await emulator.advance(20);
    // Ten minutes without an end make it healthy again.
    await emulator.advance(600);
    fakes.of(id).end('build', 3);
    await expect
      .poll(async () => (await look(id))?.Containers[0])
      .toMatchObject({ RestartCount: 4, CurrentState: { State: 'Running' } });
    expect(await look(id)).toMatchObject({ Status: 'Running' });
  });

  it('OnFailure starts it again after a failure, and lets it be after a success', async () => {
    const { create, reaches, describe: look, fakes } = await startCloud();
    const id = await create({ RestartPolicy: 'OnFailure' });
    await reaches(id, 'Running');
    fakes.of(id).end('build', 3);
    await expect
      .poll(async () => (await look(id))?.Containers[0])
      .toMatchObject({ RestartCount: 1, CurrentState: { State: 'Running' } });
    fakes.of(id).end('build', 0);
    await reaches(id, 'Succeeded');
  });
});

describe('a sidecar', () => {
  it.each([
    ['fails the group by how it ends', {}, 'Failed'],
    ['does not, when its exit code is declared not to count', { ECI_CONTAINER_IGNORE_EXIT_CODE: 'true' }, 'Succeeded'],
  ])('is ended by force once the others have ended, and %s', async (_, declared, status) => {
    const { create, reaches, fakes } = await startCloud();
    const id = await create({ Container: [container('build'), container('db', { ...SIDECAR, ...declared })] });
    await reaches(id, 'Running');
    fakes.of(id).end('build', 0);
    const group = await reaches(id, status);
    expect(group.Containers[1]).toMatchObject({ Name: 'db', CurrentState: { State: 'Terminated', ExitCode: 143 } });
  });

  it('that ends early ends nothing', async () => {
    const { create, reaches, describe: look, fakes, emulator } = await startCloud();
    const id = await create({ Container: [container('build'), container('db', SIDECAR)] });
    await reaches(id, 'Running');
    fakes.of(id).end('db', 0);
    await emulator.advance(60);
    expect(await look(id)).toMatchObject({ Status: 'Running' });
    fakes.of(id).end('build', 0);
    await reaches(id, 'Succeeded');
  });
});

describe('a test lets a container', () => {
  it('run out of memory: OOMKilled, 137, and an event', async () => {
    const { create, reaches, emulator } = await startCloud();
    const id = await create({ ...GROUP });
    expect(emulator.oom(id, 'build', 'container')).toBe(false);
    await reaches(id, 'Running');
    expect(emulator.oom(id, 'build', 'container')).toBe(true);
    const group = await reaches(id, 'Failed');
    expect(group.Containers[0]?.CurrentState).toMatchObject({ Reason: 'OOMKilled', ExitCode: 137 });
    expect(group.Events).toContainEqual(expect.objectContaining({ Reason: 'OOMKilled', Message: 'Out of memory' }));
  });

  it('end with a code', async () => {
    const { create, reaches, emulator } = await startCloud();
    const id = await create();
    await reaches(id, 'Running');
    expect(emulator.endContainer(id, 'build', 42)).toBe(true);
    expect(emulator.endContainer(id, 'nobody', 42)).toBe(false);
    const group = await reaches(id, 'Failed');
    expect(group.Containers[0]?.CurrentState).toMatchObject({ ExitCode: 42 });
  });
});

describe('RestartContainerGroup', () => {
  it('starts what runs again, whatever the policy, and the group goes on', async () => {
    const { call, create, reaches, fakes } = await startCloud();
    const id = await create({ Container: [container('build'), container('helper')] });
    await reaches(id, 'Running');
    await call('RestartContainerGroup', { ContainerGroupId: id });
    const group = await reaches(id, 'Running');
    expect(group.Containers).toMatchObject(
      ['build', 'helper'].map((Name) => ({
        Name,
        RestartCount: 1,
        CurrentState: { State: 'Running' },
        PreviousState: { State: 'Terminated', ExitCode: 137 },
      })),
    );
    // With RestartPolicy Never its next end is the last again.
    for (const name of ['build', 'helper']) fakes.of(id).end(name, 0);
    expect(await reaches(id, 'Succeeded')).toMatchObject({ Containers: [{ RestartCount: 1 }, { RestartCount: 1 }] });
  });

  it('is Restarting, and billed, until everything runs', async () => {
    const { call, create, reaches, refused, emulator, fakes } = await startCloud();
    const id = await create();
    await reaches(id, 'Running');
    const started = fakes.of(id).holdStarts();
    await call('RestartContainerGroup', { ContainerGroupId: id });
    await reaches(id, 'Restarting');
    expect((await refused('RestartContainerGroup', { ContainerGroupId: id })).code).toBe('IncorrectStatus');
    const { seconds = 0 } = emulator.report().cost.groups[0] ?? {};
    await emulator.advance(60);
    expect(emulator.report().cost.groups[0]?.seconds).toBeGreaterThanOrEqual(seconds + 60);
    started();
    await reaches(id, 'Running');
  });

  it('can be deleted while it does so', async () => {
    const { call, create, reaches, disappears, fakes } = await startCloud();
    const id = await create();
    await reaches(id, 'Running');
    const started = fakes.of(id).holdStarts();
    await call('RestartContainerGroup', { ContainerGroupId: id });
    await reaches(id, 'Restarting');
    await call('DeleteContainerGroup', { ContainerGroupId: id });
    started();
    await disappears(id);
  });

  it('changes nothing for a group that is still pending', async () => {
    const { call, create, reaches, emulator } = await startCloud({ startDelay: 30 });
    const id = await create();
    await reaches(id, 'Pending');
    await call('RestartContainerGroup', { ContainerGroupId: id });
    await emulator.advance(30);
    expect(await reaches(id, 'Running')).toMatchObject({ Containers: [{ RestartCount: 0 }] });
  });

  it('is refused for a group that has ended, and for one that does not exist', async () => {
    const { create, reaches, refused, fakes } = await startCloud();
    const id = await create();
    await reaches(id, 'Running');
    fakes.of(id).end('build', 0);
    await reaches(id, 'Succeeded');
    const ended = await refused('RestartContainerGroup', { ContainerGroupId: id });
    expect([ended.code, ended.statusCode]).toEqual(['IncorrectStatus', 400]);
    const none = await refused('RestartContainerGroup', { ContainerGroupId: 'eci-none' });
    expect([none.code, none.statusCode]).toEqual(['InvalidParameter.NotFound', 404]);
  });
});
