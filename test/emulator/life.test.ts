import { describe, expect, it } from 'vitest';
import { startCloud } from './cloud-under-test.ts';
import { FakeMachines, type FakeOptions } from './fake-machines.ts';
import { ManualClock } from '../support/manual-clock.ts';

const INIT = [
  { Name: 'first', Image: 'agent:1' },
  { Name: 'second', Image: 'agent:1' },
];
const TWO = [
  { Name: 'helper', Image: 'helper:1' },
  { Name: 'build', Image: 'alpine:3.20' },
];

async function startWith(options: FakeOptions, keys = '') {
  const machines = new FakeMachines(options);
  return { ...(await startCloud({ machines, keys })), machines };
}

describe('a group', () => {
  it('goes from Scheduling through Pending to Running, and has its address from Pending on', async () => {
    const clock = new ManualClock();
    const { create, describe: look } = await startCloud({ clock, keys: '' });
    const id = await create();
    expect(await look(id)).toMatchObject({ Status: 'Scheduling', IntranetIp: '', InstanceType: '', EniInstanceId: '' });
    await clock.advance(0.01);
    const pending = await look(id);
    expect(pending).toMatchObject({ Status: 'Pending', CreationTime: '2026-01-02T03:04:05Z' });
    expect(pending?.IntranetIp).toMatch(/^127\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.\d+\.\d+$/);
    expect(pending?.Containers[0]?.CurrentState).toMatchObject({ State: 'Waiting', Reason: 'ContainerCreating' });
    await clock.advance(1);
    const running = await look(id);
    expect(running).toMatchObject({ Status: 'Running', IntranetIp: pending?.IntranetIp });
    expect(running?.Containers[0]).toMatchObject({
      Ready: true,
      CurrentState: { State: 'Running', Reason: 'Started' },
    });
  });

  it('has an address of its own, and hands it to containers that ask for it', async () => {
    const { create, fakes, reaches } = await startCloud();
    const EnvironmentVar = [
      { Key: 'LISTEN', FieldRef: { FieldPath: 'status.podIP' } },
      { Key: 'PLAIN', Value: 'x' },
    ];
    const Container = [{ Name: 'build', Image: 'i', EnvironmentVar }];
    const ids = [await create({ Container }), await create({ Container })];
    const groups = await Promise.all(ids.map((id) => reaches(id, 'Running')));
    expect(new Set(groups.map((group) => group.IntranetIp)).size).toBe(2);
    groups.forEach((group) => {
      const [container] = fakes.of(group.ContainerGroupId).spec.containers;
      expect(container?.env).toEqual([
        { key: 'LISTEN', value: group.IntranetIp },
        { key: 'PLAIN', value: 'x' },
      ]);
    });
  });

  it('runs its init containers one after the other, and the others after them', async () => {
    const { create, machines, describe: look, reaches } = await startWith({ init: { second: 'hang' } });
    const id = await create({ InitContainer: INIT, Container: TWO });
    await expect
      .poll(async () => (await look(id))?.InitContainers.map((each) => each.CurrentState.State))
      .toEqual(['Terminated', 'Running']);
    expect(machines.of(id).calls).toEqual(['init first', 'init second']);
    const waiting = (await look(id))?.Containers.map((each) => each.CurrentState);
    expect(waiting).toMatchObject(TWO.map(() => ({ State: 'Waiting', Reason: 'PodInitializing' })));
    machines.of(id).end('second', 0);
    const running = await reaches(id, 'Running');
    expect(running.InitContainers).toMatchObject(INIT.map(() => ({ Ready: true, CurrentState: { ExitCode: 0 } })));
    expect(machines.of(id).calls).toEqual(['init first', 'init second', 'start helper', 'start build']);
  });

  it('whose init container fails is Failed, and starts nothing else', async () => {
    const { create, machines, reaches } = await startWith({ init: { first: 3 } });
    const id = await create({ InitContainer: INIT });
    const failed = await reaches(id, 'Failed');
    expect(failed.InitContainers[0]?.CurrentState).toMatchObject({ State: 'Terminated', Reason: 'Error', ExitCode: 3 });
    expect(machines.of(id).calls).toEqual(['init first', 'stop 30', 'remove']);
  });

  it.each([
    ['Succeeded', [0, 0]],
    ['Failed', [0, 7]],
    ['Failed', [1, 0]],
  ] as const)('is %s when its containers have ended with %j', async (status, [helper, build]) => {
    const { create, fakes, reaches } = await startCloud();
    const id = await create({ Container: TWO });
    await reaches(id, 'Running');
    fakes.of(id).end('helper', helper);
    await expect.poll(async () => (await reaches(id, 'Running')).Containers[0]?.Ready).toBe(false);
    fakes.of(id).end('build', build);
    const ended = await reaches(id, status);
    expect(ended.Containers.map((each) => each.CurrentState.ExitCode)).toEqual([helper, build]);
    expect(ended[`${status}Time`]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(ended.ExpiredTime).toBe('');
    expect(fakes.of(id).calls).toContain('remove');
  });

  it('whose container cannot be started says why', async () => {
    const { create, machines, describe: look } = await startWith({ broken: { build: 'no such file /bin/none' } });
    const id = await create({ Container: TWO });
    await expect
      .poll(async () => (await look(id))?.Containers[1]?.CurrentState)
      .toMatchObject({
        State: 'Terminated',
        Reason: 'ContainerCannotRun',
        Message: 'no such file /bin/none',
      });
    machines.of(id).end('helper', 0);
    await expect.poll(async () => (await look(id))?.Status).toBe('Failed');
  });

  it('whose machine breaks is Failed, and the emulator goes on', async () => {
    const machines = new FakeMachines();
    machines.create = () => {
      throw new Error('the disk is full');
    };
    const { create, reaches } = await startCloud({ machines });
    const failed = await reaches(await create(), 'Failed');
    expect(failed.Events.at(-1)).toMatchObject({
      Reason: 'UnknownError',
      Message: expect.stringContaining('full') as string,
    });
  });
});

describe('a group that is deleted', () => {
  it('shows as Terminating while its containers stop, and then not at all', async () => {
    const { call, create, disappears, machines, reaches } = await startWith({ ignoresTerm: true });
    const id = await create({ TerminationGracePeriodSeconds: 7 });
    await reaches(id, 'Running');
    await call('DeleteContainerGroup', { ContainerGroupId: id });
    await reaches(id, 'Terminating');
    expect(machines.of(id).calls).toEqual(['start build', 'stop 7']);
    machines.of(id).end('build', 0);
    await disappears(id);
    expect(machines.of(id).calls).toEqual(['start build', 'stop 7', 'remove']);
  });

  it('has 30 seconds of grace if it does not say otherwise, and none by force', async () => {
    const { call, create, disappears, machines, reaches } = await startWith({ ignoresTerm: true });
    const id = await create();
    await reaches(id, 'Running');
    await call('DeleteContainerGroup', { ContainerGroupId: id });
    await call('DeleteContainerGroup', { ContainerGroupId: id, Force: true });
    await disappears(id);
    expect(machines.of(id).calls).toEqual(['start build', 'stop 30', 'stop 0', 'remove']);
  });

  it('while it is being scheduled is gone at once and never gets a machine', async () => {
    const { call, create, fakes, describe: look } = await startCloud({ tables: '[[stock]]\nanswers = ["stuck"]' });
    const id = await create();
    await call('DeleteContainerGroup', { ContainerGroupId: id });
    expect(await look(id)).toBeUndefined();
    expect(fakes.made).toEqual([]);
  });

  it('while it is being scheduled is refused, if the scenario says so', async () => {
    const { create, refused } = await startCloud({
      keys: 'delete_while_scheduling = "incorrect-status"',
      tables: '[[stock]]\nanswers = ["stuck"]',
    });
    const { code, statusCode } = await refused('DeleteContainerGroup', { ContainerGroupId: await create() });
    expect([code, statusCode]).toEqual(['IncorrectStatus', 400]);
  });

  it('while its images are pulled is gone', async () => {
    const { call, create, disappears, fakes, reaches } = await startCloud({
      tables: '[[image]]\nname = "*"\npull = "not-found"',
    });
    const id = await create();
    await reaches(id, 'Pending');
    await call('DeleteContainerGroup', { ContainerGroupId: id });
    await disappears(id);
    expect(fakes.made).toEqual([]);
  });

  it('but does not exist is a 404', async () => {
    const { refused } = await startCloud();
    const { code, statusCode } = await refused('DeleteContainerGroup', { ContainerGroupId: 'eci-none' });
    expect([code, statusCode]).toEqual(['InvalidParameter.NotFound', 404]);
  });
});

describe('a group that the platform ends', () => {
  it.each([
    ['host-failure', 'Failed', 'SystemFailureReboot', 'stop 0'],
    ['arrears', 'Expired', 'InsufficientBalance', 'stop 30'],
  ] as const)('because of %s is %s and says so', async (why, status, reason, stop) => {
    const { create, emulator, fakes, reaches } = await startCloud();
    const id = await create();
    await reaches(id, 'Running');
    expect(emulator.platformEnds(id, why)).toBe(true);
    const ended = await reaches(id, status);
    expect(ended.Events).toContainEqual(expect.objectContaining({ Type: 'Warning', Reason: reason }));
    expect(fakes.of(id).calls).toContain(stop);
    expect(emulator.platformEnds(id, why)).toBe(false);
  });
});

describe("a group's time limits", () => {
  const inTime = async (clock: ManualClock, tables = '', options: FakeOptions = {}) => {
    const machines = new FakeMachines(options);
    return { machines, ...(await startCloud({ clock, machines, tables })) };
  };

  it('end a group at ActiveDeadlineSeconds, with the grace that it has', async () => {
    const clock = new ManualClock();
    const { create, describe: look, machines } = await inTime(clock);
    const id = await create({ ActiveDeadlineSeconds: 3600, TerminationGracePeriodSeconds: 5 });
    await clock.advance(3599);
    expect(await look(id)).toMatchObject({ Status: 'Running' });
    await clock.advance(2);
    const failed = await look(id);
    expect(failed).toMatchObject({ Status: 'Failed' });
    expect(failed?.Events.at(-1)).toMatchObject({ Type: 'Warning', Reason: 'DeadlineExceeded' });
    expect(machines.of(id).calls).toEqual(['start build', 'stop 5', 'remove']);
  });

  it('end a group that is pending for longer than MaxPendingMinute', async () => {
    const clock = new ManualClock();
    const { create, describe: look } = await inTime(clock, '[[image]]\nname = "*"\npull = "not-found"');
    const id = await create({ MaxPendingMinute: 10 });
    await clock.advance(599);
    expect(await look(id)).toMatchObject({ Status: 'Pending' });
    await clock.advance(2);
    expect(await look(id)).toMatchObject({ Status: 'Failed' });
  });

  it('do not count the time of an init container as pending', async () => {
    const clock = new ManualClock();
    const tables = '[[image]]\nname = "slow:1"\npull_seconds = 500';
    const { create, describe: look, machines } = await inTime(clock, tables, { init: { first: 'hang' } });
    const id = await create({ MaxPendingMinute: 10, InitContainer: [{ Name: 'first', Image: 'slow:1' }] });
    await clock.advance(2000);
    expect(await look(id)).toMatchObject({ Status: 'Pending' });
    machines.of(id).end('first', 0);
    await clock.advance(1);
    expect(await look(id)).toMatchObject({ Status: 'Running' });
  });

  it('go on counting after the init containers', async () => {
    const clock = new ManualClock();
    const tables = '[[image]]\nname = "slow:1"\npull_seconds = 500';
    const machines = new FakeMachines({ init: { first: 'hang' } });
    const { create, describe: look } = await startCloud({ clock, machines, tables, startDelay: 200 });
    const id = await create({ MaxPendingMinute: 10, InitContainer: [{ Name: 'first', Image: 'slow:1' }] });
    await clock.advance(2000);
    machines.of(id).end('first', 0);
    await clock.advance(99);
    expect(await look(id)).toMatchObject({ Status: 'Pending' });
    await clock.advance(2);
    expect(await look(id)).toMatchObject({ Status: 'Failed' });
  });

  it('may lie further ahead than a timer of Node reaches', async () => {
    const { create, reaches } = await startCloud();
    const id = await create({ ActiveDeadlineSeconds: 60 * 24 * 3600 });
    await reaches(id, 'Running');
    expect((await reaches(id, 'Running')).Events.map((event) => event.Reason)).not.toContain('DeadlineExceeded');
  });
});
