import { describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../../src/emulator/emulator.ts';
import { parseScenario } from '../../src/emulator/scenario.ts';
import type { Fault } from '../../src/emulator/wire/faults.ts';
import { clientOf, GROUP, QUICK, refusalOf, startCloud } from './cloud-under-test.ts';
import { FakeMachines } from './fake-machines.ts';
import { ManualClock } from '../support/manual-clock.ts';

/** A call of the control API, over HTTP. */
async function ask({ endpoint }: Emulator, method: string, path: string, body?: unknown) {
  const response = await fetch(`http://${endpoint}/-/${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Readonly<Record<string, unknown>> };
}

describe('a fault', () => {
  const faulty = async (fault: Fault['fault'], more: Partial<Fault> = {}) => {
    const cloud = await startCloud();
    const { status } = await ask(cloud.emulator, 'POST', 'faults', { action: 'CreateContainerGroup', fault, ...more });
    expect(status).toBe(200);
    return cloud;
  };

  it('"lose-answer" does the work and cuts the connection; the same token finds the group', async () => {
    const { create, emulator, refused } = await faulty('lose-answer');
    const { statusCode } = await refused('CreateContainerGroup', { ...GROUP, ClientToken: 'token-1' });
    expect(statusCode).toBeUndefined();
    const id = await create({ ClientToken: 'token-1' });
    expect(emulator.report().groups).toMatchObject({ created: 1, left: [{ id }] });
    expect(emulator.requests()).toMatchObject([
      { status: 0, code: 'lose-answer' },
      { status: 200, code: '' },
    ]);
  });

  it('"lose-answer" loses a refusal too', async () => {
    const { refused } = await faulty('lose-answer');
    expect((await refused('CreateContainerGroup', { ...GROUP, VSwitchId: 'vsw-none' })).statusCode).toBeUndefined();
  });

  it('"reset" cuts the connection before the work', async () => {
    const { emulator, refused } = await faulty('reset');
    expect((await refused('CreateContainerGroup', GROUP)).statusCode).toBeUndefined();
    expect(emulator.report().groups.created).toBe(0);
  });

  it('"http-502-html" answers with a page that is not the API\'s', async () => {
    const { call } = await faulty('http-502-html');
    await expect(call('CreateContainerGroup', GROUP)).rejects.toThrow(SyntaxError);
  });

  it('"empty-answer" does the work and does not tell the id', async () => {
    const { call, emulator } = await faulty('empty-answer');
    expect(await call('CreateContainerGroup', GROUP)).not.toHaveProperty('ContainerGroupId');
    expect(emulator.report().groups.created).toBe(1);
  });

  it.each([
    ['internal-error', 500, 'InternalError'],
    ['throttle', 400, 'Throttling.User'],
  ] as const)('"%s" is an error of the API, as often as was said', async (fault, status, code) => {
    const { create, emulator, refused } = await faulty(fault, { times: 2 });
    for (let count = 0; count < 2; count++) {
      expect(await refused('CreateContainerGroup', GROUP)).toMatchObject({ statusCode: status, code });
    }
    await create();
    expect(emulator.report().calls.CreateContainerGroup).toEqual({ ok: 1, failed: 2 });
  });

  it('"delay" keeps the call waiting on the cloud\'s clock', async () => {
    const clock = new ManualClock();
    const { create, emulator } = await startCloud({ clock });
    emulator.fault({ action: '*', fault: 'delay', seconds: 5 });
    const created = create();
    await expect
      .poll(async () => {
        await clock.advance(1);
        return emulator.report().groups.created;
      })
      .toBe(1);
    expect(clock.now()).toBeGreaterThanOrEqual(Date.parse('2026-01-02T03:04:10Z'));
    await created;
  });

  it('meets its own action only', async () => {
    const { page } = await faulty('internal-error');
    expect((await page()).TotalCount).toBe(0);
  });

  it('that nobody knows is refused with what is wrong', async () => {
    const { emulator } = await startCloud();
    const answer = await ask(emulator, 'POST', 'faults', { action: '*', fault: 'explode' });
    expect(answer).toMatchObject({ status: 400, body: { error: expect.stringContaining('fault') as string } });
  });
});

describe('a spot reclaim', () => {
  it('is announced by an event, and then ends the group as Expired, with its grace', async () => {
    const clock = new ManualClock();
    const { create, describe: look, emulator, fakes } = await startCloud({ clock });
    const id = await create({ SpotStrategy: 'SpotAsPriceGo', TerminationGracePeriodSeconds: 4 });
    await clock.advance(1);
    expect((await ask(emulator, 'POST', `groups/${id}/reclaim`, { notice_seconds: 180 })).status).toBe(200);
    const warned = await look(id);
    expect(warned?.Status).toBe('Running');
    expect(warned?.Events.at(-1)).toMatchObject({
      Type: 'Warning',
      Reason: 'SpotToBeReleased',
      Message: 'Spot ECI will be released in 3 minutes',
    });
    await clock.advance(181);
    expect(await look(id)).toMatchObject({ Status: 'Expired', ExpiredTime: '2026-01-02T03:07:06Z' });
    expect(fakes.of(id).calls).toEqual(['start build', 'stop 4', 'remove']);
  });

  it('does not happen to an on-demand group, nor to one that is not there', async () => {
    const { create, emulator, reaches } = await startCloud();
    const id = await create();
    await reaches(id, 'Running');
    expect((await ask(emulator, 'POST', `groups/${id}/reclaim`, { notice_seconds: 0 })).status).toBe(404);
    expect((await ask(emulator, 'POST', 'groups/eci-none/reclaim')).status).toBe(404);
  });
});

describe('a group that is removed by hand', () => {
  it('is gone at once, and its containers with it', async () => {
    const machines = new FakeMachines({ ignoresTerm: true });
    const { create, emulator, describe: look, reaches } = await startCloud({ machines });
    const id = await create();
    await reaches(id, 'Running');
    expect((await ask(emulator, 'POST', `groups/${id}/remove`)).status).toBe(200);
    expect(await look(id)).toBeUndefined();
    await expect.poll(() => machines.of(id).calls).toEqual(['start build', 'stop 0', 'remove']);
    expect((await ask(emulator, 'POST', `groups/${id}/remove`)).status).toBe(404);
  });
});

describe('the report', () => {
  it('counts calls and names the groups that are left', async () => {
    const { create, emulator, reaches, refused } = await startCloud();
    const id = await create({
      Cpu: undefined,
      Memory: undefined,
      InstanceType: 'ecs.c6.large',
      Tag: [{ Key: 'job', Value: '7' }],
    });
    await refused('CreateContainerGroup', { ...GROUP, VSwitchId: 'vsw-none' });
    await reaches(id, 'Running');
    expect((await ask(emulator, 'GET', 'report')).body).toMatchObject({
      calls: { CreateContainerGroup: { ok: 1, failed: 1 } },
      groups: {
        created: 1,
        left: [{ id, status: 'Running', zone: 'cn-beijing-h', instanceType: 'ecs.c6.large', tags: { job: '7' } }],
      },
      cost: { currency: 'CNY' },
    });
  });

  it.each([
    ['a type on demand', { InstanceType: 'ecs.c6.xlarge' }, 0.78],
    ['a type as spot', { InstanceType: 'ecs.c6.xlarge', SpotStrategy: 'SpotAsPriceGo' }, 0.156],
    ['a size on demand', { Cpu: 2, Memory: 4 }, 0.00012252 * 3600],
    ['a size as spot', { Cpu: 4, Memory: 8, SpotStrategy: 'SpotAsPriceGo' }, 0.156],
  ])('bills %s by the second, from Pending to the end', async (_, parameters, perHour) => {
    const clock = new ManualClock();
    const { call, create, emulator, fakes } = await startCloud({ clock });
    const id = await create({ Cpu: undefined, Memory: undefined, ...parameters });
    const stuck = emulator.report().cost.groups[0]?.seconds;
    expect(stuck).toBe(0);
    await clock.advance(1800.01);
    fakes.of(id).end('build', 0);
    await clock.advance(3600);
    await call('DeleteContainerGroup', { ContainerGroupId: id });
    const { cost } = emulator.report();
    expect(cost.groups).toEqual([
      {
        id,
        seconds: expect.closeTo(1800, 1) as number,
        amount: expect.closeTo(perHour / 2, 4) as number,
        bill: Math.round(perHour * 50) / 100,
      },
    ]);
    expect(cost.total).toBe(cost.groups[0]?.amount);
  });

  it('bills nothing for the time after a removal by hand', async () => {
    const clock = new ManualClock();
    const { create, emulator } = await startCloud({ clock });
    const id = await create();
    await clock.advance(100.01);
    emulator.removeGroup(id);
    await clock.advance(1000);
    expect(emulator.report().cost.groups[0]?.seconds).toBeCloseTo(100, 1);
  });

  it('bills nothing for a group that was never scheduled', async () => {
    const { create, emulator, reaches } = await startCloud({ tables: '[[stock]]\nanswers = ["schedule-failed"]' });
    await reaches(await create(), 'ScheduleFailed');
    expect(emulator.report().cost.total).toBe(0);
  });
});

describe('the control API', () => {
  it('tells every call with its parameters', async () => {
    const { create, emulator } = await startCloud();
    await create({ Tag: [{ Key: 'job', Value: 'ä b' }] });
    const { body } = await ask(emulator, 'GET', 'requests');
    expect(body).toMatchObject([
      {
        action: 'CreateContainerGroup',
        parameters: { RegionId: 'cn-beijing', 'Tag.1.Key': 'job', 'Tag.1.Value': 'ä b', 'Container.1.Name': 'build' },
        status: 200,
        code: '',
      },
    ]);
  });

  it.each(['', 'nothing', 'groups', 'groups/eci-1/explode'])('knows no "%s"', async (path) => {
    const { emulator } = await startCloud();
    expect((await ask(emulator, 'GET', path)).status).toBe(404);
  });
});

describe('an emulator that stops', () => {
  it('stops every machine without grace, and answers no more', async () => {
    const machines = new FakeMachines({ ignoresTerm: true });
    const { call, create, emulator, reaches } = await startCloud({ machines });
    const ids = [await create(), await create()];
    await Promise.all(ids.map((id) => reaches(id, 'Running')));
    await call('DeleteContainerGroup', { ContainerGroupId: ids[0] });
    await emulator.stop();
    expect(machines.made.map((machine) => machine.calls)).toEqual([
      ['start build', 'stop 30', 'stop 0', 'remove'],
      ['start build', 'stop 0', 'remove'],
    ]);
    expect((await refusalOf(call('DescribeContainerGroups', {}))).statusCode).toBeUndefined();
  });

  it('leaves a machine alone whose group has ended', async () => {
    const { create, emulator, fakes, reaches } = await startCloud();
    const id = await create();
    await reaches(id, 'Running');
    fakes.of(id).end('build', 0);
    await reaches(id, 'Succeeded');
    await emulator.stop();
    expect(fakes.of(id).calls).toEqual(['start build', 'stop 30', 'remove']);
  });

  it('goes on when a machine cannot be removed, and tells it in the end', async () => {
    const machines = new FakeMachines({ leftover: 'a busy file' });
    const emulator = await startEmulator({ scenario: parseScenario(QUICK), machines });
    const { call, create, disappears, reaches } = clientOf(emulator);
    const ids = [await create(), await create()];
    await Promise.all(ids.map((id) => reaches(id, 'Running')));
    await call('DeleteContainerGroup', { ContainerGroupId: ids[0] });
    await disappears(ids[0] ?? '');
    await reaches(ids[1] ?? '', 'Running');
    await expect(emulator.stop()).rejects.toThrow(`The machine of ${ids[0]} left something behind: a busy file`);
    expect(machines.of(ids[1] ?? '').calls).toContain('remove');
  });
});

describe('every call of the control API that changes something', () => {
  it('works over HTTP, and refuses what it does not understand', async () => {
    const { emulator, create, reaches, refused } = await startCloud();
    const id = await create();
    await reaches(id, 'Running');
    const good: readonly (readonly [string, unknown])[] = [
      ['stock', { zone: 'cn-beijing-k', answers: ['no-stock'] }],
      ['account', { arrears: true }],
      ['clock/advance', { seconds: 60 }],
      ['clock/offset', { seconds: 0 }],
      ['faults/clear', {}],
      [`groups/${id}/exit`, { container: 'build', code: 3 }],
    ];
    const before = emulator.now();
    for (const [path, body] of good) expect(await ask(emulator, 'POST', path, body)).toMatchObject({ status: 200 });
    expect(emulator.now() - before).toBeGreaterThanOrEqual(60_000);
    expect((await refused('CreateContainerGroup', GROUP)).code).toBe('Account.Arrearage');
    await reaches(id, 'Failed');
    for (const [path] of good)
      expect(await ask(emulator, 'POST', path, { nonsense: 1 })).toMatchObject({ status: 400 });
    for (const what of ['oom', 'exit', 'connections', 'remove', 'reclaim', 'platform-ends']) {
      const body = {
        oom: { container: 'build' },
        exit: { container: 'build', code: 1 },
        connections: { mode: 'drop' },
        'platform-ends': { why: 'arrears' },
      }[what];
      expect(await ask(emulator, 'POST', `groups/eci-none/${what}`, body ?? {})).toMatchObject({ status: 404 });
    }
    expect(await ask(emulator, 'POST', 'security-token', { token: 't' })).toMatchObject({ status: 200 });
    expect((await refused('DescribeContainerGroups', {})).code).toBe('InvalidSecurityToken.Expired');
  });
});
