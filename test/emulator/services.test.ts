import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { containerMachines } from '../../src/emulator/machines/containers/container-machines.ts';
import { type Images, makeImages } from '../support/container-images.ts';
import { BUSYBOX_IMAGE, DEAF_SERVICE_IMAGE, ENDING_SERVICE_IMAGE, SERVICE_IMAGE } from '../support/image-names.ts';
import { noContainers } from '../support/no-containers.ts';
import { startCloud, type Wire } from './cloud-under-test.ts';

const note = noContainers === undefined ? '' : ` (${noContainers})`;

/** As a driver declares a job's service. */
const service = (Name: string, Image: string, more: Wire = {}): Wire => ({
  Name,
  Image,
  EnvironmentVar: [
    { Key: 'ECI_CONTAINER_TYPE', Value: 'sidecar' },
    { Key: 'ECI_CONTAINER_IGNORE_EXIT_CODE', Value: 'true' },
  ],
  ...more,
});
const build = (line: string): Wire => ({ Name: 'build', Image: BUSYBOX_IMAGE, Command: ['/bin/sh', '-c', line] });

describe.skipIf(noContainers !== undefined)(`a group with services on container machines${note}`, () => {
  let images: Images;
  beforeAll(async () => void (images = await makeImages()));
  afterAll(() => images.remove());

  const cloud = async () => {
    const { call, ...rest } = await startCloud({ machines: await containerMachines({ images: images.folder }) });
    const log = async (ContainerGroupId: string, ContainerName: string): Promise<string> =>
      (await call('DescribeContainerLog', { ContainerGroupId, ContainerName })).Content as string;
    return { ...rest, call, log };
  };

  it('succeeds by its build container, ends its services then, and shows their output', async () => {
    const { create, reaches, log } = await cloud();
    const id = await create({
      Container: [
        build('until wget -qO- http://web:8080/; do sleep 0.1; done 2>/dev/null'),
        service('svc-0', SERVICE_IMAGE, { Arg: ['8080'] }),
        service('svc-1', ENDING_SERVICE_IMAGE),
      ],
      HostAliase: [{ Ip: '127.0.0.1', Hostname: ['web', 'acme__web'] }],
    });
    const group = await reaches(id, 'Succeeded');
    expect(group.Containers).toMatchObject([
      { CurrentState: { State: 'Terminated', ExitCode: 0, Reason: 'Completed' } },
      { CurrentState: { State: 'Terminated', ExitCode: 0, Reason: 'Completed' } },
      { CurrentState: { State: 'Terminated', ExitCode: 3, Reason: 'Error' } },
    ]);
    expect(await log(id, 'build')).toBe('hello\n');
    expect(await log(id, 'svc-0')).toBe('listening on port 8080\n');
    expect(await log(id, 'svc-1')).toBe('no password is set\n');
  });

  it('shows the output of a service while it runs, and its end while the others go on', async () => {
    const { create, reaches, log, describe: look, call } = await cloud();
    const id = await create({
      Container: [build('sleep 300'), service('svc-0', DEAF_SERVICE_IMAGE), service('svc-1', ENDING_SERVICE_IMAGE)],
    });
    await reaches(id, 'Running');
    await expect.poll(() => log(id, 'svc-0')).toBe('starting\n');
    await expect
      .poll(async () => (await look(id))?.Containers[2])
      .toMatchObject({ Ready: false, CurrentState: { State: 'Terminated', ExitCode: 3 } });
    expect(await look(id)).toMatchObject({ Status: 'Running', Containers: [{ Ready: true }, { Ready: true }, {}] });
    await call('DeleteContainerGroup', { ContainerGroupId: id, Force: true });
  });

  it('runs on when a service cannot be started at all', async () => {
    const { create, reaches } = await cloud();
    const id = await create({
      Container: [build('sleep 1'), service('svc-0', BUSYBOX_IMAGE, { Command: ['/no/such/program'] })],
    });
    const group = await reaches(id, 'Running');
    expect(group.Containers[1]?.CurrentState).toMatchObject({ ExitCode: 128, Reason: 'ContainerCannotRun' });
    await reaches(id, 'Succeeded');
  });
});
