import {
  CreateContainerGroupRequest,
  DeleteContainerGroupRequest,
  DescribeContainerGroupsRequest,
} from '@alicloud/eci20180808';
import { describe, expect, it } from 'vitest';
import { createParameters } from '../../src/emulator/actions/create-parameters.ts';
import { unflatten } from '../../src/emulator/wire/parameters.ts';
import { startCloud } from './cloud-under-test.ts';

interface Model {
  readonly name: string;
  names(): Record<string, string>;
  types(): Record<string, unknown>;
}

/** Flat names of every parameter that a model of the SDK can send, the first item of each list. */
function wireNames(model: Model, prefix = ''): string[] {
  const types = model.types();
  return Object.entries(model.names()).flatMap(([property, name]) => {
    const type = types[property];
    const path = `${prefix}${name}`;
    if (isModel(type)) return wireNames(type, `${path}.`);
    const item = typeof type === 'object' && type !== null && 'itemType' in type ? type.itemType : undefined;
    if (isModel(item)) return wireNames(item, `${path}.1.`);
    return [item === undefined ? path : `${path}.1`];
  });
}

const isModel = (type: unknown): type is Model => typeof type === 'function' && 'names' in type;

const group = (more: Readonly<Record<string, unknown>> = {}): CreateContainerGroupRequest =>
  new CreateContainerGroupRequest({
    regionId: 'cn-beijing',
    containerGroupName: 'typed-1',
    vSwitchId: 'vsw-h',
    securityGroupId: 'sg-emulator',
    restartPolicy: 'Never',
    instanceType: 'ecs.c6.large',
    tag: [{ key: 'job', value: '7 of 9' }],
    container: [
      {
        name: 'build',
        image: 'alpine:3.20',
        command: ['/bin/sh', '-c'],
        arg: ['echo "a b+c" \'(*)!~\' > /dev/null && true = ä€'],
        environmentVar: [{ key: 'EMPTY', value: '' }],
      },
    ],
    ...more,
  });

const describeRequest = (id: string): DescribeContainerGroupsRequest =>
  new DescribeContainerGroupsRequest({
    regionId: 'cn-beijing',
    containerGroupIds: JSON.stringify([id]),
    withEvent: true,
  });

describe("the SDK's typed client, with its parameters in the query", () => {
  it('creates, describes and deletes a group, and its casts find the types they expect', async () => {
    const { client, runtime, disappears, reaches } = await startCloud();
    const created = await client.createContainerGroupWithOptions(group(), runtime);
    const id = created.body.containerGroupId ?? '';
    expect(id).toMatch(/^eci-[a-z0-9]{16,24}$/);
    expect(created.body.requestId).toMatch(/^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/);

    await reaches(id, 'Running');
    const { body } = await client.describeContainerGroupsWithOptions(describeRequest(id), runtime);
    expect(body.totalCount).toBe(1);
    const [item] = body.containerGroups ?? [];
    expect(item).toMatchObject({
      containerGroupId: id,
      containerGroupName: 'typed-1',
      status: 'Running',
      zoneId: 'cn-beijing-h',
      vSwitchId: 'vsw-h',
      instanceType: 'ecs.c6.large',
      cpu: 2,
      memory: 4,
      restartPolicy: 'Never',
      tags: [{ key: 'job', value: '7 of 9' }],
    });
    expect(item?.containers?.[0]).toMatchObject({
      name: 'build',
      ready: true,
      commands: ['/bin/sh', '-c'],
      args: ['echo "a b+c" \'(*)!~\' > /dev/null && true = ä€'],
      environmentVars: [{ key: 'EMPTY', value: '' }],
      currentState: { state: 'Running', reason: 'Started' },
    });
    expect(item?.events?.map((event) => event.reason)).toContain('Started');

    await client.deleteContainerGroupWithOptions(
      new DeleteContainerGroupRequest({ regionId: 'cn-beijing', containerGroupId: id }),
      runtime,
    );
    await disappears(id);
  });

  it('sends a volume in a query of a hundred kilobytes', async () => {
    const { client, runtime, fakes, reaches } = await startCloud();
    const content = Buffer.alloc(30 * 1024, 'x');
    const file = (path: string) => ({ path, content: content.toString('base64') });
    const volume = {
      name: 'files',
      type: 'ConfigFileVolume',
      configFileVolume: { configFileToPath: [file('a'), file('b/c')] },
    };
    const { body } = await client.createContainerGroupWithOptions(group({ volume: [volume] }), runtime);
    const id = body.containerGroupId ?? '';
    await reaches(id, 'Running');
    const [filled] = fakes.of(id).spec.volumes;
    expect(filled?.files.map(({ path, content: bytes }) => [path, bytes.equals(content)])).toEqual([
      ['a', true],
      ['b/c', true],
    ]);
  });
});

describe('the parameters of CreateContainerGroup', () => {
  const isKnown = (name: string): boolean => {
    const { error } = createParameters.safeParse(unflatten(new Map([[name, '1']])));
    return !error?.issues.some((issue) => issue.code === 'unrecognized_keys');
  };

  it('are all that the SDK can send', () => {
    const names = wireNames(CreateContainerGroupRequest);
    expect(names.length).toBeGreaterThan(150);
    expect(names.filter((name) => !isKnown(name))).toEqual([]);
    expect(isKnown('Container.1.Imagee')).toBe(false);
  });

  it.each(['MaxPendingMinute', 'ComputeCategory.1', 'GpuDriverVersion', 'Container.1.SecurityContextPrivileged'])(
    'include %s, which is newer than the SDK',
    (name) => {
      expect(wireNames(CreateContainerGroupRequest)).not.toContain(name);
      expect(isKnown(name)).toBe(true);
    },
  );
});
