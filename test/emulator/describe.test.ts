import { describe, expect, it } from 'vitest';
import { type DescribedGroup, startCloud } from './cloud-under-test.ts';

const idsOf = (page: { readonly ContainerGroups: readonly DescribedGroup[] }): string[] =>
  page.ContainerGroups.map((group) => group.ContainerGroupId);

describe('DescribeContainerGroups', () => {
  it('shows a group with the names of the answer, which are not those of the request', async () => {
    const { create, reaches } = await startCloud();
    const id = await create({
      Tag: [{ Key: 'job', Value: '7' }, { Key: 'empty' }],
      EphemeralStorage: 40,
      RamRoleName: 'role',
      HostAliase: [{ Ip: '10.0.0.1', Hostname: ['a', 'b'] }],
      DnsPolicy: 'None',
      DnsConfig: { NameServer: ['10.0.0.2'], Search: ['local'], Option: [{ Name: 'ndots', Value: '2' }] },
      InitContainer: [{ Name: 'first', Image: 'agent:1', Command: ['/install'], Arg: ['x'] }],
      Container: [
        {
          Name: 'build',
          Image: 'alpine:3.20',
          Cpu: 1.5,
          Command: ['/bin/sh'],
          Arg: ['-c'],
          EnvironmentVar: [
            { Key: 'A', Value: '' },
            { Key: 'IP', FieldRef: { FieldPath: 'status.podIP' } },
          ],
          Port: [{ Port: 22, Protocol: 'TCP' }],
          VolumeMount: [{ Name: 'files', MountPath: '/files', ReadOnly: true }],
          LivenessProbe: { Exec: { Command: ['true'] }, PeriodSeconds: 5 },
        },
      ],
      Volume: [
        {
          Name: 'files',
          Type: 'ConfigFileVolume',
          ConfigFileVolume: { ConfigFileToPath: [{ Path: 'a', Content: 'eA==' }] },
        },
        { Name: 'cache', Type: 'NFSVolume', NFSVolume: { Server: 'nas', Path: '/c', ReadOnly: true } },
        { Name: 'empty', Type: 'EmptyDirVolume', EmptyDirVolume: { Medium: 'Memory', SizeLimit: '1Gi' } },
      ],
    });
    const group = await reaches(id, 'Running');
    expect(group).toMatchObject({
      RegionId: 'cn-beijing',
      VpcId: 'vpc-emulator',
      EniInstanceId: expect.stringMatching(/^eni-/) as string,
      SpotStrategy: 'NoSpot',
      EphemeralStorage: 40,
      RamRoleName: 'role',
      SucceededTime: '',
      Tags: [
        { Key: 'job', Value: '7' },
        { Key: 'empty', Value: '' },
      ],
      HostAliases: [{ Ip: '10.0.0.1', Hostnames: ['a', 'b'] }],
      DnsConfig: { NameServers: ['10.0.0.2'], Searches: ['local'], Options: [{ Name: 'ndots', Value: '2' }] },
      InitContainers: [{ Name: 'first', Command: ['/install'], Args: ['x'] }],
      Containers: [
        {
          Cpu: 1.5,
          Memory: 0,
          Commands: ['/bin/sh'],
          Args: ['-c'],
          EnvironmentVars: [
            { Key: 'A', Value: '' },
            { Key: 'IP', Value: '', ValueFrom: { FieldRef: { FieldPath: 'status.podIP' } } },
          ],
          Ports: [{ Port: 22, Protocol: 'TCP' }],
          VolumeMounts: [{ Name: 'files', MountPath: '/files', ReadOnly: true }],
          LivenessProbe: { Execs: ['true'], PeriodSeconds: 5 },
          PreviousState: { State: '', StartTime: '', FinishTime: '' },
        },
      ],
      Volumes: [
        { Name: 'files', ConfigFileVolumeConfigFileToPaths: [{ Path: 'a', Content: 'eA==' }] },
        { Name: 'cache', NFSVolumeServer: 'nas', NFSVolumePath: '/c', NFSVolumeReadOnly: true },
        { Name: 'empty', EmptyDirVolumeMedium: 'Memory', EmptyDirVolumeSizeLimit: '1Gi' },
      ],
    });
    expect(group.Containers[0]).not.toHaveProperty('Command');
    expect(group.InitContainers[0]).not.toHaveProperty('Commands');
  });

  it('hides the variables of a container that asks for it', async () => {
    const { create, describe: look } = await startCloud();
    const EnvironmentVar = [{ Key: 'SECRET', Value: 'x' }];
    const id = await create({ Container: [{ Name: 'build', Image: 'i', EnvironmentVar, EnvironmentVarHide: true }] });
    expect((await look(id))?.Containers[0]?.EnvironmentVars).toEqual([]);
  });

  it('gives events only when asked, each with a name of its own', async () => {
    const { create, page, reaches } = await startCloud();
    const { Events } = await reaches(await create(), 'Running');
    const names = Events.map((event) => (event as unknown as { Name: string }).Name);
    expect(names.length).toBeGreaterThan(3);
    expect(new Set(names).size).toBe(names.length);
    expect(names[0]).toMatch(/^group-1\.[0-9a-f]{16}$/);
    expect((await page({ WithEvent: false })).ContainerGroups[0]?.Events).toEqual([]);
  });

  it('pages by an opaque token, and loses nobody when groups go away meanwhile', async () => {
    const { create, emulator, page } = await startCloud();
    const all: string[] = [];
    for (let count = 0; count < 25; count++) all.push(await create());
    const first = await page();
    expect([first.TotalCount, idsOf(first)]).toEqual([25, all.slice(0, 20)]);
    expect(idsOf(await page({ NextToken: first.NextToken }))).toEqual(all.slice(20));
    emulator.removeGroup(all[0] ?? '');
    emulator.removeGroup(all[19] ?? '');
    const second = await page({ NextToken: first.NextToken });
    expect([second.NextToken, idsOf(second)]).toEqual(['', all.slice(20)]);
    expect(idsOf(await page({ Limit: 3 }))).toEqual(all.slice(1, 4));
  });

  it('filters by every tag at once, by name, status, zone and vSwitch', async () => {
    const { create, page, reaches } = await startCloud();
    const tag = (Key: string, Value: string) => ({ Key, Value });
    const a = await create({ Tag: [tag('job', '1'), tag('try', '1')] });
    const b = await create({
      Tag: [tag('job', '1'), tag('try', '2')],
      VSwitchId: 'vsw-k',
      ContainerGroupName: 'other',
    });
    await Promise.all([a, b].map((id) => reaches(id, 'Running')));
    expect(idsOf(await page({ Tag: [tag('job', '1')] }))).toEqual([a, b]);
    expect(idsOf(await page({ Tag: [tag('job', '1'), tag('try', '2')] }))).toEqual([b]);
    expect(idsOf(await page({ Tag: [tag('job', '1'), tag('try', '3')] }))).toEqual([]);
    expect(idsOf(await page({ Tag: [{ Key: 'try' }] }))).toEqual([a, b]);
    expect(idsOf(await page({ ContainerGroupName: 'other' }))).toEqual([b]);
    expect(idsOf(await page({ ZoneId: 'cn-beijing-h' }))).toEqual([a]);
    expect(idsOf(await page({ VSwitchId: 'vsw-k' }))).toEqual([b]);
    expect(idsOf(await page({ Status: 'Running' }))).toEqual([a, b]);
    expect(idsOf(await page({ Status: 'Pending' }))).toEqual([]);
    expect(idsOf(await page({ ContainerGroupIds: JSON.stringify([b, 'eci-none']) }))).toEqual([b]);
    expect(idsOf(await page({ ContainerGroupIds: '[]' }))).toEqual([]);
  });

  it.each([
    ['21 ids', { ContainerGroupIds: JSON.stringify(Array.from({ length: 21 }, String)) }, 'ContainerGroupIds'],
    ['ids that are no JSON', { ContainerGroupIds: 'eci-1,eci-2' }, 'ContainerGroupIds'],
    ['a limit of 21', { Limit: 21 }, 'Limit'],
    ['a token of somebody else', { NextToken: 'abc' }, 'NextToken'],
  ])('refuses %s', async (_, parameters, name) => {
    const { refused } = await startCloud();
    expect((await refused('DescribeContainerGroups', parameters)).code).toBe(`InvalidParameter.${name}`);
  });
});
