import { describe, expect, it } from 'vitest';
import { FakeMachines } from './fake-machines.ts';
import { GROUP, refusalOf, startCloud } from './cloud-under-test.ts';
import { MISTAKES, bytes, container, items, volumeOf } from './mistakes.ts';

const TABLES = `
[[security_group]]
id = "sg-emulator"
[[security_group]]
id = "sg-far"
vpc = "vpc-far"
[[image_cache]]
id = "imc-new"
status = "Creating"
`;

describe('a create call with', () => {
  it.each(MISTAKES)('%s is refused by name', async (_, parameters, code, named) => {
    const { emulator, refused } = await startCloud({ tables: TABLES });
    const refusal = await refused('CreateContainerGroup', { ...GROUP, ...parameters });
    expect([refusal.code, refusal.data.Message]).toEqual([code, expect.stringContaining(named)]);
    expect(emulator.report().groups.created).toBe(0);
  });

  it('everything at its limit is taken', async () => {
    const { create } = await startCloud();
    await create({
      ContainerGroupName: 'x'.repeat(128),
      ...container({
        Command: items(20, () => 'x'.repeat(256)),
        EnvironmentVar: items(240, (index) => ({ Key: `K${index}`, Value: 'x'.repeat(256) })),
      }),
      Tag: items(20, (index) => ({ Key: `k${index}`, Value: 'x'.repeat(128) })),
      ...volumeOf([
        { Path: 'a', Content: bytes(32 * 1024) },
        { Path: 'b', Content: bytes(28 * 1024) },
      ]),
    });
  });

  it('holes in the numbers of a list is taken, in order', async () => {
    const { fakes, call, reaches } = await startCloud();
    const { ContainerGroupId } = await call('CreateContainerGroup', {
      ...GROUP,
      Container: undefined,
      'Container.7.Name': 'second',
      'Container.7.Image': 'i',
      'Container.3.Name': 'first',
      'Container.3.Image': 'i',
      'Container.3.Command.10': 'c',
      'Container.3.Command.9': 'b',
      'Container.3.Command.2': 'a',
    });
    await reaches(ContainerGroupId as string, 'Running');
    const { containers } = fakes.of(ContainerGroupId as string).spec;
    expect(containers.map((each) => [each.name, each.command])).toEqual([
      ['first', ['a', 'b', 'c']],
      ['second', []],
    ]);
  });

  it('something that its machines cannot do is refused with their sentence', async () => {
    const { refused } = await startCloud({ machines: new FakeMachines({ refusal: 'no room for /builds' }) });
    const { code, data } = await refused('CreateContainerGroup', GROUP);
    expect([code, data.Message]).toEqual(['InvalidParameter.Volume', expect.stringContaining('no room for /builds')]);
  });
});

describe('an API call', () => {
  it('of an unknown action is refused', async () => {
    const { refused } = await startCloud();
    const { code, statusCode, data } = await refused('SellContainerGroup', {});
    expect([code, statusCode]).toEqual(['InvalidAction.NotFound', 404]);
    expect(data.Message).toContain('SellContainerGroup');
  });

  it('of an unknown version is refused', async () => {
    const { call } = await startCloud();
    expect((await refusalOf(call('DescribeContainerGroups', {}, '2014-05-26'))).code).toBe('InvalidVersion');
  });

  it('that fails carries request id, host, code, message and a link', async () => {
    const { emulator, refused } = await startCloud();
    expect((await refused('DeleteContainerGroup', {})).data).toMatchObject({
      RequestId: expect.stringMatching(/^[0-9A-F-]{36}$/) as string,
      HostId: emulator.endpoint,
      Code: 'MissingParameter.ContainerGroupId',
      Message: 'The parameter ContainerGroupId is required.',
      Recommend: expect.stringContaining('q=MissingParameter.ContainerGroupId') as string,
    });
  });

  it('with another method than POST and GET is refused', async () => {
    const { emulator } = await startCloud();
    const response = await fetch(`http://${emulator.endpoint}/`, { method: 'PUT' });
    expect(response.status).toBe(405);
  });
});
